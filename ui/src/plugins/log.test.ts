import { expect, it } from 'vitest'
import type { LogLine } from '../api/client'
import { KEPT, merge, visible } from './log'

const line = (id: number, message: string, level = 'info'): LogLine => ({
  id,
  at: new Date(id * 1000).toISOString(),
  installation: 'hello_maid@1',
  level,
  source: 'plugin',
  message,
  tags: [],
  extra: {},
})

it('keeps a line that came live and again from the store once', () => {
  const stored = [line(1, 'a'), line(2, 'b'), line(3, 'b')]
  const live = [line(3, 'b'), line(4, 'c')]
  expect(merge(stored, live).map(({ message }) => message)).toEqual(['a', 'b', 'b', 'c'])
})

it('puts late lines in their place and forgets the oldest', () => {
  expect(merge([line(1, 'a'), line(3, 'c')], [line(2, 'b')]).map(({ message }) => message)).toEqual(['a', 'b', 'c'])
  const many = Array.from({ length: KEPT + 10 }, (_, index) => line(index, String(index)))
  const kept = merge([], many)
  expect(kept.length).toBe(KEPT)
  expect(kept.at(-1)?.message).toBe(String(KEPT + 9))
})

it('filters by level and above', () => {
  const lines = [line(1, 'd', 'debug'), line(2, 'w', 'warning'), line(3, 'e', 'error')]
  expect(visible(lines, 'warning').map(({ message }) => message)).toEqual(['w', 'e'])
  expect(visible(lines, 'debug').length).toBe(3)
})
