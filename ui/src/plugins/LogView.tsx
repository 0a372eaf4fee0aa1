/** An installation's log as it is written: follow, pause, and only what matters. */

import { ActionIcon, Center, Loader, Select, Text, Tooltip } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { IconArrowDown, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useLayoutEffect, useRef, useState } from 'react'
import type { LogLine } from '../api/client'
import { useApplianceEvents } from '../api/live'
import { sentence } from '../api/problem'
import { logsQuery } from '../api/queries'
import { Failure } from '../shared/Failure'
import { LEVELS, merge, visible } from './log'
import classes from './plugins.module.css'

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false })
const SOURCES: Record<string, string> = { host: 'Homemaid', stderr: 'error output', stdout: 'print' }

export function LogView({ installation }: { installation: string }) {
  const stored = useQuery(logsQuery(installation))
  const [live, setLive] = useState<LogLine[]>([])
  const [level, setLevel] = useState('debug')
  /** What was there when the log was paused; `undefined` while it runs. */
  const [paused, setPaused] = useState<LogLine[]>()
  const [following, setFollowing] = useState(true)
  const box = useRef<HTMLDivElement>(null)

  useApplianceEvents((data, kind) => {
    const line = data as LogLine
    if (kind === 'log' && line.installation === installation) setLive((known) => merge(known, [line]))
  })

  const current = merge(stored.data ?? [], live)
  const lines = visible(paused ?? current, level)
  const waiting = paused ? current.length - paused.length : 0

  useLayoutEffect(() => {
    if (following && box.current) box.current.scrollTop = box.current.scrollHeight
  })

  if (stored.isPending) {
    return (
      <Center flex={1}>
        <Loader size="sm" aria-label="Loading the log" />
      </Center>
    )
  }
  if (stored.isError) {
    return (
      <Center flex={1} p="md">
        <Failure title="The log could not be loaded" detail={sentence(stored.error)} retry={() => void stored.refetch()} />
      </Center>
    )
  }
  return (
    <div className={classes.log}>
      <div className={classes.logBar}>
        <Select
          size="xs"
          aria-label="Show"
          allowDeselect={false}
          value={level}
          onChange={(value) => value && setLevel(value)}
          data={LEVELS.map(({ level: value, title }) => ({ value, label: title }))}
        />
        {waiting > 0 && <span className={classes.small}>{waiting} new</span>}
        <Tooltip label={paused ? 'Go on' : 'Pause'}>
          <ActionIcon variant="default" aria-label={paused ? 'Go on' : 'Pause the log'} aria-pressed={paused !== undefined} onClick={() => setPaused(paused ? undefined : current)}>
            {paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Follow the newest line">
          <ActionIcon variant={following ? 'light' : 'default'} aria-label="Follow the newest line" aria-pressed={following} onClick={() => setFollowing(!following)}>
            <IconArrowDown size={16} />
          </ActionIcon>
        </Tooltip>
      </div>
      <div
        ref={box}
        className={classes.lines}
        role="log"
        aria-live="off"
        aria-label="Log"
        tabIndex={0}
        onScroll={(event) => {
          const element = event.currentTarget
          setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < 40)
        }}
      >
        {lines.length === 0 ? (
          <Text size="sm" c="var(--hm-muted)" p="md">
            {current.length === 0
              ? 'Nothing has been written yet. What the plugin logs, prints or fails with appears here.'
              : 'Nothing of this kind. Choose “Everything” to see the rest.'}
          </Text>
        ) : (
          lines.map((line) => <Line key={line.id} line={line} />)
        )}
      </div>
    </div>
  )
}

function Line({ line }: { line: LogLine }) {
  const extra = [...line.tags.map((tag) => `#${tag}`), ...Object.entries(line.extra).map(([key, value]) => `${key}=${value}`)]
  return (
    <div className={classes.line} data-level={line.level}>
      <time dateTime={line.at}>{clock.format(new Date(line.at))}</time>
      <span className={classes.level}>{line.level}</span>
      <span className={classes.text}>
        {SOURCES[line.source] && <span className={classes.source}>{SOURCES[line.source]}</span>}
        {line.message}
        {extra.length > 0 && <span className={classes.extra}> {extra.join(' ')}</span>}
      </span>
    </div>
  )
}
