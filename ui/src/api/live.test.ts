import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LiveSource } from './live'

/** Stands for the browser's EventSource, driven by the test. */
class FakeEventSource {
  static readonly CLOSED = 2
  static all: FakeEventSource[] = []
  readyState = 0
  closed = false
  onopen?: () => void
  onerror?: () => void
  onmessage?: (event: MessageEvent) => void
  handlers = new Map<string, (event: MessageEvent) => void>()
  constructor(readonly url: string) {
    FakeEventSource.all.push(this)
  }
  addEventListener(kind: string, handler: (event: MessageEvent) => void) {
    this.handlers.set(kind, handler)
  }
  close() {
    this.closed = true
  }
}

function last(): FakeEventSource {
  return FakeEventSource.all.at(-1)!
}

beforeEach(() => {
  FakeEventSource.all = []
  vi.stubGlobal('EventSource', FakeEventSource)
  vi.useFakeTimers()
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('LiveSource', () => {
  it('tells of missed news on every opening but the first', () => {
    const missed = vi.fn()
    const source = new LiveSource('/events', ['log'], missed, vi.fn())
    source.open()
    last().onopen?.()
    expect(missed).not.toHaveBeenCalled()
    last().onerror?.()
    expect(source.state).toBe('lost')
    last().onopen?.()
    expect(missed).toHaveBeenCalledOnce()
    expect(source.state).toBe('open')
  })

  it('opens again by itself after a refusal, waiting longer each time', () => {
    const refused = vi.fn()
    const source = new LiveSource('/events', [], vi.fn(), refused)
    source.open()
    for (const wait of [500, 1000, 2000]) {
      const opened = FakeEventSource.all.length
      last().readyState = FakeEventSource.CLOSED
      last().onerror?.()
      vi.advanceTimersByTime(wait - 1)
      expect(FakeEventSource.all.length).toBe(opened)
      vi.advanceTimersByTime(1)
      expect(FakeEventSource.all.length).toBe(opened + 1)
    }
    expect(refused).toHaveBeenCalledTimes(3)
    source.close()
    expect(last().closed).toBe(true)
  })

  it('delivers what is JSON and drops what is not', () => {
    const source = new LiveSource('/events', ['log'], vi.fn(), vi.fn())
    const heard = vi.fn()
    source.listen(heard)
    source.open()
    last().handlers.get('log')?.(new MessageEvent('log', { data: '{"a":1}' }))
    last().handlers.get('log')?.(new MessageEvent('log', { data: 'not json' }))
    expect(heard.mock.calls).toEqual([[{ a: 1 }, 'log']])
  })
})
