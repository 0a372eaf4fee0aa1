import { expect, test } from 'vitest'
import { inOrderOfCause, inWords } from './happened'
import type { TimelineEntry } from './stage'

const entry = (seq: number, kind: string, more: Partial<TimelineEntry> = {}): TimelineEntry => ({ seq, at: '2026-01-01T00:00:00Z', kind, ...more })
const name = (id: string) => ({ '1': 'Alice', '9': 'homebot' })[id] ?? id

test('what was caused stands below its cause, even when its own effects came first in the page', () => {
  const tree = inOrderOfCause([entry(3, 'rest', { cause: 2 }), entry(1, 'message_create'), entry(2, 'dispatch', { cause: 1 }), entry(4, 'gateway')])
  expect(tree.map(({ entry: { seq } }) => seq)).toEqual([1, 4])
  expect(tree[0]?.effects[0]?.entry.seq).toBe(2)
  expect(tree[0]?.effects[0]?.effects[0]?.entry.seq).toBe(3)
})

test('an act is told by its first effect, with the bot’s answer below it', () => {
  const tree = inOrderOfCause([
    entry(1, 'action', { act: 'run_command' }),
    entry(2, 'interaction_create', { cause: 1 }),
    entry(3, 'dispatch', { cause: 1 }),
    entry(4, 'rest', { cause: 3 }),
  ])
  expect(tree.map(({ entry: { kind } }) => kind)).toEqual(['interaction_create'])
  expect(tree[0]?.effects.map(({ entry: { kind } }) => kind)).toEqual(['dispatch'])
  expect(inWords(entry(5, 'action', { act: 'set_presence', as: '1' }), name).text).toBe('Alice: set presence')
})

test('a cause that is no longer known leaves its effect standing for itself', () => {
  expect(inOrderOfCause([entry(7, 'rest', { cause: 2 })]).map(({ entry: { seq } }) => seq)).toEqual([7])
})

test('entries speak plainly, and of whom they should', () => {
  const said = inWords(entry(1, 'message_create', { message: { content: 'hi\nthere', author: { id: '1' } } }), name)
  expect(said).toEqual({ side: 'people', text: 'Alice wrote “hi there”', bad: false })
  const refused = inWords(entry(2, 'rest', { method: 'PUT', path: '/pins', status: 403 }), name)
  expect(refused).toEqual({ side: 'bot', text: 'PUT /pins → 403', bad: true })
  expect(inWords(entry(3, 'member_join', { user_id: '1' }), name).text).toBe('Alice joined the server')
  const pressed = { type: 3, user_id: '1', data: { custom_id: 'sign', component_type: 2 } }
  expect(inWords(entry(5, 'interaction_create', pressed), name).text).toBe('Alice pressed “sign”')
  expect(inWords(entry(6, 'interaction_create', { type: 2, user_id: '1', data: { name: 'hello' } }), name).text).toBe('Alice used /hello')
  expect(inWords(entry(4, 'never_heard_of', {}), name).text).toBe('never heard of')
})
