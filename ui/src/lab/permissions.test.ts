import { expect, test } from 'vitest'
import { CHOICES, chosenOf, withChoices } from './permissions'

const BAN = 1n << 2n
const SEND_MESSAGES = 1n << 11n

test('a choice is set and taken, and what is not shown here stays', () => {
  const before = (SEND_MESSAGES | BAN).toString()
  expect(chosenOf(before)).toEqual(new Set([BAN]))
  expect(withChoices(before, new Set())).toBe(SEND_MESSAGES.toString())
  expect(withChoices('', new Set([BAN]))).toBe('4')
})

test('bits beyond 32 are kept exactly', () => {
  const timeout = 1n << 40n
  expect(withChoices('0', new Set([timeout]))).toBe(timeout.toString())
  expect(new Set(CHOICES.map(({ bit }) => bit)).size).toBe(CHOICES.length)
})
