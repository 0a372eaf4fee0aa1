import { expect, it } from 'vitest'
import { tokenFrom } from './SetupPage'

it('reads the setup token from the fragment of the printed link', () => {
  expect(tokenFrom('#setup=abc_DEF-1')).toBe('abc_DEF-1')
  expect(tokenFrom('#other=1&setup=abc')).toBe('abc')
  expect(tokenFrom('')).toBe('')
  expect(tokenFrom('#')).toBe('')
})
