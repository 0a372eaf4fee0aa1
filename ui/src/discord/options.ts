/** From a command's description to a form, and from the form's values to what is sent. */

import { OptionType, type Command, type CommandOption } from './types'

/** A command one can run: a plain one, or one sub-command of another. */
export interface Runnable {
  /** For example `['trivia', 'play']`. */
  path: string[]
  description: string
  options: CommandOption[]
  command: Command
}

export type OptionValue = string | number | boolean | undefined
export type OptionValues = Record<string, OptionValue>

/** What the simulator expects. */
export interface Invocation {
  name: string
  options: InvocationOption[]
}
export interface InvocationOption {
  name: string
  type: number
  value?: string | number | boolean
  options?: InvocationOption[]
}

/** Lists everything that can be run, sub-commands one by one, in the order of their names. */
export function runnables(commands: Command[]): Runnable[] {
  const slash = commands.filter((command) => (command.type ?? 1) === 1)
  return slash
    .flatMap((command) => branch(command, [command.name], command.description, command.options ?? []))
    .sort((a, b) => label(a).localeCompare(label(b)))
}

function branch(command: Command, path: string[], description: string, options: CommandOption[]): Runnable[] {
  const nested = options.filter(isNested)
  if (nested.length === 0) return [{ path, description, options, command }]
  return nested.flatMap((option) => branch(command, [...path, option.name], option.description, option.options ?? []))
}

function isNested(option: CommandOption): boolean {
  return option.type === OptionType.SubCommand || option.type === OptionType.SubCommandGroup
}

export function label(runnable: Runnable): string {
  return runnable.path.join(' ')
}

/** Those that fit what was typed after the slash: by the beginning of a name first, then by any part of it. */
export function matching(all: Runnable[], typed: string): Runnable[] {
  const wanted = typed.trim().toLowerCase()
  const rank = (runnable: Runnable) => {
    const name = label(runnable).toLowerCase()
    if (name.startsWith(wanted)) return 0
    if (name.includes(wanted)) return 1
    return runnable.description.toLowerCase().includes(wanted) ? 2 : 3
  }
  return all
    .map((runnable) => ({ runnable, rank: rank(runnable) }))
    .filter(({ rank: place }) => place < 3)
    .sort((a, b) => a.rank - b.rank)
    .map(({ runnable }) => runnable)
}

/** Says for each option what is wrong with its value, in the words a person needs. */
export function problems(options: CommandOption[], values: OptionValues): Record<string, string> {
  const found: Record<string, string> = {}
  for (const option of options) {
    const problem = check(option, values[option.name])
    if (problem) found[option.name] = problem
  }
  return found
}

function check(option: CommandOption, value: OptionValue): string | undefined {
  if (value === undefined || value === '') return option.required ? 'This is required.' : undefined
  if (option.type === OptionType.String) {
    const length = String(value).length
    if (option.min_length !== undefined && length < option.min_length) {
      return `At least ${option.min_length} characters.`
    }
    const longest = option.max_length ?? 6000
    return length > longest ? `At most ${longest} characters.` : undefined
  }
  if (option.type === OptionType.Integer || option.type === OptionType.Number) {
    const number = Number(value)
    if (!Number.isFinite(number)) return 'This must be a number.'
    if (option.type === OptionType.Integer && !Number.isInteger(number)) return 'This must be a whole number.'
    if (option.min_value !== undefined && number < option.min_value) return `At least ${option.min_value}.`
    if (option.max_value !== undefined && number > option.max_value) return `At most ${option.max_value}.`
  }
  if (option.type === OptionType.Attachment) return 'Files cannot be attached in the lab yet.'
  return undefined
}

/** What to send for a command and the values given; what was left empty is left out. */
export function invocation(runnable: Runnable, values: OptionValues): Invocation {
  let options: InvocationOption[] = runnable.options.flatMap((option) => {
    const value = values[option.name]
    if (value === undefined || value === '') return []
    return [{ name: option.name, type: option.type, value: convert(option, value) }]
  })
  const [name, ...below] = runnable.path
  const kinds = [OptionType.SubCommand, OptionType.SubCommandGroup]
  below.reverse().forEach((step, height) => {
    options = [{ name: step, type: kinds[height]!, options }]
  })
  return { name: name!, options }
}

function convert(option: CommandOption, value: string | number | boolean): string | number | boolean {
  if (option.type === OptionType.Integer || option.type === OptionType.Number) return Number(value)
  return value
}
