/** Buttons and selects below a message. */

import { Button, Loader, MultiSelect, Select } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import { useState } from 'react'
import { useLab } from '../lab/people'
import { ChannelType, ComponentType, type Component, type PartialEmoji } from './types'
import classes from './chat.module.css'

interface Props {
  rows: Component[]
  /** The custom id that was pressed and not answered yet. */
  waiting: string | undefined
  onUse: (customId: string, values?: string[]) => void
}

export function Components({ rows, waiting, onUse }: Props) {
  return (
    <div className={classes.components}>
      {rows.map((row, index) => (
        <div key={index} className={classes.row}>
          {(row.components ?? []).map((component, place) =>
            component.type === ComponentType.Button ? (
              <MessageButton key={place} button={component} waiting={waiting} onUse={onUse} />
            ) : (
              <MessageSelect key={place} select={component} waiting={waiting} onUse={onUse} />
            ),
          )}
        </div>
      ))}
    </div>
  )
}

export function emojiText(emoji: PartialEmoji | undefined): string {
  if (!emoji?.name) return ''
  return emoji.id ? `:${emoji.name}:` : emoji.name
}

/** Discord's five styles: primary, secondary, success, danger, link. */
const STYLES: Record<number, { color: string; variant: string }> = {
  1: { color: 'iris', variant: 'filled' },
  2: { color: 'gray', variant: 'default' },
  3: { color: '#237a37', variant: 'filled' },
  4: { color: 'red.8', variant: 'filled' },
  5: { color: 'gray', variant: 'default' },
}

function MessageButton({ button, waiting, onUse }: { button: Component } & Pick<Props, 'waiting' | 'onUse'>) {
  const style = STYLES[button.style ?? 2] ?? STYLES[2]!
  const text = [emojiText(button.emoji), button.label].filter(Boolean).join(' ')
  const common = { size: 'compact-md', className: classes.button, ...style }
  if (button.style === 5 && button.url && /^https?:\/\//.test(button.url)) {
    return (
      <Button
        {...common}
        component="a"
        href={button.url}
        target="_blank"
        rel="noopener noreferrer nofollow"
        rightSection={<IconExternalLink size={14} aria-label="opens another page" />}
      >
        {text}
      </Button>
    )
  }
  const customId = button.custom_id
  return (
    <Button
      {...common}
      disabled={button.disabled ?? false}
      loading={waiting !== undefined && waiting === customId}
      onClick={() => customId && onUse(customId)}
    >
      {text || 'Button'}
    </Button>
  )
}

function MessageSelect({ select, waiting, onUse }: { select: Component } & Pick<Props, 'waiting' | 'onUse'>) {
  const data = useChoices(select)
  const chosen = (select.options ?? []).filter((option) => option.default).map((option) => option.value)
  const [values, setValues] = useState<string[]>(chosen)
  const customId = select.custom_id
  const label = select.placeholder ?? 'Make a choice'
  const common = {
    'aria-label': label,
    placeholder: values.length === 0 ? label : undefined,
    disabled: (select.disabled ?? false) || (waiting !== undefined && waiting === customId),
    rightSection: waiting !== undefined && waiting === customId ? <Loader size="xs" /> : undefined,
    className: classes.select,
    data,
    searchable: data.length > 10,
    comboboxProps: { withinPortal: true },
  }
  const least = select.min_values ?? 1
  if ((select.max_values ?? 1) > 1) {
    return (
      <MultiSelect
        {...common}
        value={values}
        maxValues={select.max_values ?? 25}
        onChange={setValues}
        onDropdownClose={() => {
          const changed = values.join('\n') !== chosen.join('\n')
          if (customId && changed && values.length >= least) onUse(customId, values)
        }}
      />
    )
  }
  return (
    <Select
      {...common}
      value={values[0] ?? null}
      allowDeselect={least === 0}
      onChange={(value) => {
        const next = value === null ? [] : [value]
        setValues(next)
        if (customId) onUse(customId, next)
      }}
    />
  )
}

function useChoices(select: Component): { value: string; label: string }[] {
  const { guild, nameOf } = useLab()
  const members = () => guild.members.map(({ user }) => ({ value: user.id, label: `@${nameOf(user)}` }))
  const roles = () =>
    guild.roles.filter((role) => role.id !== guild.id).map((role) => ({ value: role.id, label: `@${role.name}` }))
  switch (select.type) {
    case ComponentType.UserSelect:
      return members()
    case ComponentType.RoleSelect:
      return roles()
    case ComponentType.MentionableSelect:
      return [...members(), ...roles()]
    case ComponentType.ChannelSelect:
      return guild.channels
        .filter((channel) =>
          select.channel_types?.length
            ? select.channel_types.includes(channel.type)
            : channel.type !== ChannelType.Category,
        )
        .map((channel) => ({ value: channel.id, label: `#${channel.name}` }))
    default:
      return (select.options ?? []).map((option) => ({
        value: option.value,
        label: [emojiText(option.emoji), option.label].filter(Boolean).join(' ') + (option.description ? ` — ${option.description}` : ''),
      }))
  }
}
