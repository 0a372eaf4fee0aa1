/** The top line of every page. */

import { ActionIcon, Badge, Menu, Tooltip, useMantineColorScheme } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { IconCheck, IconDeviceDesktop, IconLogout, IconMoon, IconSun } from '@tabler/icons-react'
import { api, type Status } from '../api/client'
import { useConnection } from '../api/live'
import { unwrap } from '../api/problem'
import { sessionQuery, statusQuery } from '../api/queries'
import { Brand } from './Brand'
import { complain } from './notify'
import classes from './header.module.css'

export function Header({ mode }: { mode: 'lab' | 'live' }) {
  const queries = useQueryClient()
  const signOut = useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/session')),
    onSettled: () => {
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
      return queries.invalidateQueries(sessionQuery)
    },
    onError: (error) => complain('Not signed out', error),
  })
  return (
    <header className={classes.header}>
      <Brand size={26} />
      <h1 className={classes.name}>Homemaid</h1>
      {mode === 'lab' && (
        <Tooltip label="A Discord that exists only on this computer: nothing you do here reaches real people" multiline w={250}>
          <Badge variant="light" color="pink" className={classes.mode}>
            Lab
          </Badge>
        </Tooltip>
      )}
      <Health />
      <ThemeMenu />
      <Tooltip label="Sign out">
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Sign out" loading={signOut.isPending} onClick={() => signOut.mutate()}>
          <IconLogout size={18} />
        </ActionIcon>
      </Tooltip>
    </header>
  )
}

interface Condition {
  text: string
  detail?: string | undefined
  mood: 'good' | 'busy' | 'bad'
}

function condition(connection: string, status: Status | undefined): Condition {
  if (connection === 'lost') {
    return { text: 'Not connected', detail: 'This page lost Homemaid and looks for it again by itself.', mood: 'bad' }
  }
  if (connection === 'connecting' || !status) return { text: 'Connecting…', mood: 'busy' }
  if (status.draining) return { text: 'Stopping', detail: 'Homemaid is being stopped and takes no changes.', mood: 'busy' }
  const discord = status.discord
  if (discord.state === 'failed') {
    return { text: 'Bot not connected', detail: [discord.reason, discord.fix].filter(Boolean).join(' '), mood: 'bad' }
  }
  if (discord.state !== 'connected') return { text: 'Bot connecting…', detail: discord.reason ?? undefined, mood: 'busy' }
  return {
    text: 'All well',
    detail: [`${status.running} of ${status.installations} plugins running.`, ...discord.notices].join(' '),
    mood: 'good',
  }
}

/** How everything is, in two words; more on hover or focus. */
function Health() {
  const connection = useConnection()
  const status = useQuery(statusQuery)
  const { text, detail, mood } = condition(connection, status.data)
  return (
    <Tooltip label={detail ?? text} multiline maw={300}>
      <div className={classes.health} role="status" data-mood={mood} tabIndex={0}>
        <span className={classes.dot} aria-hidden />
        {text}
      </div>
    </Tooltip>
  )
}

const THEMES = [
  { value: 'light', title: 'Light', icon: IconSun },
  { value: 'dark', title: 'Dark', icon: IconMoon },
  { value: 'auto', title: 'As the computer is set', icon: IconDeviceDesktop },
] as const

function ThemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const Now = THEMES.find(({ value }) => value === colorScheme)?.icon ?? IconDeviceDesktop
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Tooltip label="Light or dark">
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Light or dark">
            <Now size={18} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {THEMES.map(({ value, title, icon: Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={16} />}
            rightSection={value === colorScheme ? <IconCheck size={16} aria-label="now" /> : undefined}
            onClick={() => setColorScheme(value)}
          >
            {title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
