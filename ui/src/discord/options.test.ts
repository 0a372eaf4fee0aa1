import { describe, expect, it } from 'vitest'
import { invocation, label, matching, problems, runnables } from './options'
import { OptionType, type Command, type CommandOption } from './types'

const trivia: Command = {
  id: '1',
  name: 'trivia',
  description: 'Play trivia',
  options: [
    {
      type: OptionType.SubCommandGroup,
      name: 'round',
      description: 'Rounds',
      options: [
        {
          type: OptionType.SubCommand,
          name: 'start',
          description: 'Start a round',
          options: [{ type: OptionType.Integer, name: 'questions', description: 'How many', min_value: 1, max_value: 9 }],
        },
      ],
    },
    { type: OptionType.SubCommand, name: 'score', description: 'Show the score' },
  ],
}
const hello: Command = {
  id: '2',
  name: 'hello',
  description: 'Say hello',
  options: [{ type: OptionType.String, name: 'name', description: 'Who', required: true, max_length: 5 }],
}
const menu: Command = { id: '3', name: 'Report', description: '', type: 2 }

describe('runnables', () => {
  it('lists sub-commands one by one and leaves context menus out', () => {
    expect(runnables([trivia, hello, menu]).map(label)).toEqual(['hello', 'trivia round start', 'trivia score'])
  })

  it('puts names that begin with what was typed before those that contain it', () => {
    const all = runnables([trivia, hello])
    expect(matching(all, 'tri').map(label)).toEqual(['trivia round start', 'trivia score'])
    expect(matching(all, 'sco').map(label)).toEqual(['trivia score'])
    expect(matching(all, 'say').map(label)).toEqual(['hello'])
    expect(matching(all, 'zzz')).toEqual([])
  })
})

describe('invocation', () => {
  it('nests groups and sub-commands as Discord does and converts numbers', () => {
    const start = runnables([trivia]).find((runnable) => label(runnable) === 'trivia round start')!
    expect(invocation(start, { questions: '3' })).toEqual({
      name: 'trivia',
      options: [
        {
          name: 'round',
          type: OptionType.SubCommandGroup,
          options: [
            {
              name: 'start',
              type: OptionType.SubCommand,
              options: [{ name: 'questions', type: OptionType.Integer, value: 3 }],
            },
          ],
        },
      ],
    })
  })

  it('leaves out what was left empty, but not false and zero', () => {
    const command: Command = {
      id: '4',
      name: 'x',
      description: 'x',
      options: [
        { type: OptionType.Boolean, name: 'flag', description: '' },
        { type: OptionType.Number, name: 'count', description: '' },
        { type: OptionType.User, name: 'who', description: '' },
      ],
    }
    expect(invocation(runnables([command])[0]!, { flag: false, count: 0, who: '' }).options).toEqual([
      { name: 'flag', type: OptionType.Boolean, value: false },
      { name: 'count', type: OptionType.Number, value: 0 },
    ])
  })
})

describe('problems', () => {
  const option = (part: Partial<CommandOption>): CommandOption => ({ type: OptionType.String, name: 'o', description: '', ...part })

  it('names what is missing, too long, too small or not a number', () => {
    expect(problems([option({ required: true })], {})).toEqual({ o: 'This is required.' })
    expect(problems([option({ max_length: 5 })], { o: 'abcdef' })).toEqual({ o: 'At most 5 characters.' })
    expect(problems([option({ min_length: 2 })], { o: 'a' })).toEqual({ o: 'At least 2 characters.' })
    expect(problems([option({ type: OptionType.Integer })], { o: '1.5' })).toEqual({ o: 'This must be a whole number.' })
    expect(problems([option({ type: OptionType.Number, min_value: 1 })], { o: 0 })).toEqual({ o: 'At least 1.' })
    expect(problems([option({ type: OptionType.Number })], { o: 'abc' })).toEqual({ o: 'This must be a number.' })
  })

  it('finds nothing wrong with what fits', () => {
    const options = [option({ required: true, max_length: 5 }), option({ name: 'n', type: OptionType.Integer, min_value: 0 })]
    expect(problems(options, { o: 'abc', n: 0 })).toEqual({})
    expect(problems([option({ type: OptionType.Boolean, required: true })], { o: false })).toEqual({})
  })
})
