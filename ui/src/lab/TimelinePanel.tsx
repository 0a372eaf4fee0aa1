/** What happened in the lab, each thing below what caused it; time and trouble are made here. */

import { ActionIcon, Button, Group, Menu, Switch, Text, Tooltip } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { IconClock, IconPlayerPause, IconPlayerPlay, IconPlugConnectedX } from '@tabler/icons-react'
import { useState } from 'react'
import { sentence } from '../api/problem'
import { clockTime } from '../discord/time'
import { Failure } from '../shared/Failure'
import { complain, tell } from '../shared/notify'
import { inOrderOfCause, inWords, type Happening } from './happened'
import { useLab } from './people'
import { clockQuery, stage, timelineQuery } from './stage'
import classes from './timeline.module.css'

const MINUTE = 60_000
const JUMPS = [
  { label: '1 minute', by: MINUTE },
  { label: '1 hour', by: 60 * MINUTE },
  { label: '1 day', by: 24 * 60 * MINUTE },
  { label: '30 days', by: 30 * 24 * 60 * MINUTE },
]
const TROUBLES = [
  { action: 'reconnect', label: 'Ask the bot to reconnect' },
  { action: 'drop', label: 'Cut the connection' },
  { action: 'invalidate', label: 'End the session' },
] as const

export function TimelinePanel() {
  const { guild, bot } = useLab()
  const [wire, showWire] = useState(false)
  const timeline = useQuery(timelineQuery)
  const names = new Map([...guild.members.map((member) => [member.user.id, member.nick ?? member.user.global_name ?? member.user.username] as const)])
  const name = (id: string) => names.get(id) ?? (id === bot.id ? bot.username : 'Somebody')
  const here = (timeline.data ?? []).filter(({ guild_id }) => guild_id === undefined || guild_id === guild.id)
  return (
    <div className={classes.panel}>
      <div className={classes.controls}>
        <LabClock />
        <Trouble />
        <Switch size="xs" label="Show the wire" checked={wire} onChange={(event) => showWire(event.currentTarget.checked)} />
      </div>
      {timeline.isError ? (
        <Failure title="The timeline could not be loaded" detail={sentence(timeline.error)} retry={() => void timeline.refetch()} />
      ) : (
        <div className={classes.scroll} tabIndex={0} role="region" aria-label="What happened, newest first">
          {here.length === 0 && !timeline.isPending && (
            <Text size="sm" c="var(--hm-muted)" p="md">
              Nothing has happened yet. Write something in the chat.
            </Text>
          )}
          <ol className={classes.list}>
            {inOrderOfCause(here)
              .reverse()
              .map((happening) => (
                <Row key={happening.entry.seq} happening={happening} name={name} wire={wire} />
              ))}
          </ol>
        </div>
      )}
    </div>
  )
}

function Row({ happening, name, wire }: { happening: Happening; name: (id: string) => string; wire: boolean }) {
  const { entry, effects } = happening
  const { side, text, bad } = inWords(entry, name)
  const technical = side === 'wire' || entry.kind === 'rest'
  const below = effects.map((effect) => <Row key={effect.entry.seq} happening={effect} name={name} wire={wire} />)
  // What stands below something hidden takes its place, so that nothing one did hides what came of it.
  if (technical && !wire && !bad) return <>{below}</>
  return (
    <li className={classes.entry} data-side={side} data-bad={bad || undefined}>
      <div className={classes.line}>
        <time className={classes.time} dateTime={entry.at}>
          {clockTime(entry.at)}
        </time>
        <span className={technical ? classes.code : classes.text}>{text}</span>
      </div>
      {below.length > 0 && <ol className={classes.effects}>{below}</ol>}
    </li>
  )
}

function LabClock() {
  const queries = useQueryClient()
  const clock = useQuery(clockQuery)
  const set = useMutation({
    mutationFn: (deed: () => Promise<unknown>) => deed(),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['lab'] }),
    onError: (error) => complain('The clock was not set', error),
  })
  const frozen = clock.data?.frozen ?? false
  return (
    <Group gap={4}>
      <Menu shadow="md">
        <Menu.Target>
          <Button size="compact-sm" variant="default" leftSection={<IconClock size={16} />} loading={set.isPending}>
            Let time pass
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Cooldowns, reminders and everything that expires follow</Menu.Label>
          {JUMPS.map(({ label, by }) => (
            <Menu.Item
              key={label}
              onClick={() =>
                set.mutate(async () => {
                  await stage.advance(by)
                  tell(`${label} went by in the lab.`)
                })
              }
            >
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Tooltip label={frozen ? 'Let the lab’s clock run again' : 'Stop the lab’s clock'}>
        <ActionIcon
          variant="default"
          aria-label={frozen ? 'Let the lab’s clock run again' : 'Stop the lab’s clock'}
          aria-pressed={frozen}
          onClick={() => set.mutate(() => stage.freeze(!frozen))}
        >
          {frozen ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
        </ActionIcon>
      </Tooltip>
    </Group>
  )
}

function Trouble() {
  const disturb = useMutation({
    mutationFn: (action: (typeof TROUBLES)[number]['action']) => stage.disturb(action),
    onError: (error) => complain('That did not work', error),
  })
  return (
    <Menu shadow="md">
      <Menu.Target>
        <Button size="compact-sm" variant="default" leftSection={<IconPlugConnectedX size={16} />}>
          Make trouble
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Homemaid has to recover by itself</Menu.Label>
        {TROUBLES.map(({ action, label }) => (
          <Menu.Item key={action} onClick={() => disturb.mutate(action)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
