/** What happened in the lab, each thing below what caused it; time and trouble are made here. */

import { Switch, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { sentence } from '../api/problem'
import { clockTime } from '../discord/time'
import { Failure } from '../shared/Failure'
import { inOrderOfCause, inWords, writers, type Happening } from './happened'
import { LabClock } from './LabClock'
import { useLab } from './people'
import { timelineQuery } from './stage'
import { Trouble } from './Trouble'
import classes from './timeline.module.css'

export function TimelinePanel() {
  const { guild, bot } = useLab()
  const [wire, showWire] = useState(false)
  const timeline = useQuery(timelineQuery)
  const names = new Map([
    ...writers(timeline.data ?? []),
    ...guild.members.map((member) => [member.user.id, member.nick ?? member.user.global_name ?? member.user.username] as const),
  ])
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
