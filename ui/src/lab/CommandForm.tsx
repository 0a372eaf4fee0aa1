/** The form of one command: an input per option, by its type. */

import { Button, CloseButton, Group, NumberInput, Select, SegmentedControl, TextInput, Input } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { IconPlus } from '@tabler/icons-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { sentence } from '../api/problem'
import { invocation, label, problems, type OptionValue, type OptionValues, type Runnable } from '../discord/options'
import { ChannelType, OptionType, type Channel, type CommandOption } from '../discord/types'
import { lab } from './api'
import type { Interactions } from './interactions'
import { MemberPicker } from './MemberPicker'
import { useLab } from './people'
import classes from './composer.module.css'

interface Props {
  channel: Channel
  command: Runnable
  interactions: Interactions
  onDone: () => void
}

/** More optional options than this are added one by one. */
const SHOWN_AT_ONCE = 4

export function CommandForm({ channel, command, interactions, onDone }: Props) {
  const { acting } = useLab()
  const [values, setValues] = useState<OptionValues>({})
  const [checked, setChecked] = useState(false)
  const few = command.options.length <= SHOWN_AT_ONCE
  const [added, setAdded] = useState<string[]>(
    command.options.filter((option) => few || option.required).map((option) => option.name),
  )
  const form = useRef<HTMLFormElement>(null)
  const wrong = checked ? problems(command.options, values) : {}

  useEffect(() => {
    form.current?.querySelector<HTMLElement>('input, button[type=submit]')?.focus()
  }, [])

  const run = useMutation({
    mutationFn: () =>
      interactions.track(`/${label(command)}`, '', () => lab.run(channel.id, acting.user.id, invocation(command, values))),
    onSuccess: onDone,
  })
  const set = (name: string) => (value: OptionValue) => {
    setValues((known) => ({ ...known, [name]: value }))
    if (run.isError) run.reset()
  }
  const submit = () => {
    setChecked(true)
    const found = problems(command.options, values)
    const first = Object.keys(found)[0]
    if (first === undefined) run.mutate()
    else form.current?.querySelector<HTMLElement>(`[data-option="${CSS.escape(first)}"] input`)?.focus()
  }

  const more = command.options.filter((option) => !added.includes(option.name))
  return (
    <form
      ref={form}
      className={classes.form}
      aria-label={`Command /${label(command)}`}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) onDone()
      }}
    >
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div>
          <strong className={classes.commandName}>/{label(command)}</strong>
          <div className={classes.description}>{command.description}</div>
        </div>
        <CloseButton aria-label="Leave this command" onClick={onDone} />
      </Group>
      <div className={classes.options}>
        {command.options
          .filter((option) => added.includes(option.name))
          .map((option) => (
            <div key={option.name} data-option={option.name}>
              <OptionInput option={option} value={values[option.name]} error={wrong[option.name]} onChange={set(option.name)} />
            </div>
          ))}
      </div>
      {more.length > 0 && (
        <Group gap={6}>
          {more.map((option) => (
            <Button
              key={option.name}
              size="compact-xs"
              variant="default"
              leftSection={<IconPlus size={12} />}
              onClick={() => setAdded((known) => [...known, option.name])}
            >
              {option.name}
            </Button>
          ))}
        </Group>
      )}
      {run.isError && (
        <div role="alert" className={classes.error}>
          {sentence(run.error)}
        </div>
      )}
      <Group justify="space-between" wrap="nowrap">
        <MemberPicker />
        <Button type="submit" loading={run.isPending}>
          Run
        </Button>
      </Group>
    </form>
  )
}

interface InputProps {
  option: CommandOption
  value: OptionValue
  error: string | undefined
  onChange: (value: OptionValue) => void
}

function OptionInput({ option, value, error, onChange }: InputProps) {
  const { guild, nameOf } = useLab()
  const common = {
    label: option.name,
    description: option.description || undefined,
    withAsterisk: option.required ?? false,
    error,
    size: 'sm' as const,
  }
  const pick = (data: { value: string; label: string }[]): ReactNode => (
    <Select
      {...common}
      data={data}
      searchable
      // The form moves the focus here by itself; an open list would cover the rest of it.
      openOnFocus={false}
      clearable={!option.required}
      placeholder="Choose"
      value={value === undefined ? null : String(value)}
      onChange={(chosen) => onChange(chosen ?? undefined)}
    />
  )
  const members = () => guild.members.map(({ user }) => ({ value: user.id, label: `@${nameOf(user)}` }))
  const roles = () => guild.roles.map((role) => ({ value: role.id, label: role.id === guild.id ? '@everyone' : `@${role.name}` }))

  if (option.choices && option.choices.length > 0) {
    return pick(option.choices.map((choice) => ({ value: String(choice.value), label: choice.name })))
  }
  switch (option.type) {
    case OptionType.Integer:
    case OptionType.Number:
      return (
        <NumberInput
          {...common}
          allowDecimal={option.type === OptionType.Number}
          clampBehavior="none"
          value={value === undefined ? '' : (value as number | string)}
          onChange={(entered) => onChange(entered === '' ? undefined : entered)}
        />
      )
    case OptionType.Boolean:
      return (
        <Input.Wrapper {...common} labelElement="div">
          <div>
            <SegmentedControl
              aria-label={option.name}
              data={[
                ...(option.required ? [] : [{ value: '', label: 'Not set' }]),
                { value: 'true', label: 'Yes' },
                { value: 'false', label: 'No' },
              ]}
              value={value === undefined ? '' : String(value)}
              onChange={(chosen) => onChange(chosen === '' ? undefined : chosen === 'true')}
            />
          </div>
        </Input.Wrapper>
      )
    case OptionType.User:
      return pick(members())
    case OptionType.Role:
      return pick(roles())
    case OptionType.Mentionable:
      return pick([...members(), ...roles()])
    case OptionType.Channel:
      return pick(
        guild.channels
          .filter((channel) =>
            option.channel_types?.length
              ? option.channel_types.includes(channel.type)
              : channel.type !== ChannelType.Category,
          )
          .map((channel) => ({ value: channel.id, label: `#${channel.name}` })),
      )
    case OptionType.Attachment:
      return <TextInput {...common} disabled placeholder="Files cannot be attached in the lab yet" />
    default:
      return (
        <TextInput
          {...common}
          autoComplete="off"
          value={value === undefined ? '' : String(value)}
          onChange={(event) => onChange(event.currentTarget.value || undefined)}
        />
      )
  }
}
