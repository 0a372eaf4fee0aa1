/** What every page stands in: signed in or not, the top line, the live connection. */

import { Button, Center, Loader, Select, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, Navigate, Outlet } from '@tanstack/react-router'
import { useState } from 'react'
import { LiveProvider } from './api/live'
import { sentence } from './api/problem'
import { guildsQuery, sessionQuery } from './api/queries'
import { PluginPanel } from './plugins/PluginPanel'
import { SetupPage } from './session/SetupPage'
import { SignInPage } from './session/SignInPage'
import { Failure } from './shared/Failure'
import { Header } from './shared/Header'
import classes from './app.module.css'

export function App() {
  const session = useQuery({ ...sessionQuery, refetchInterval: (query) => (query.state.status === 'error' ? 3_000 : false) })
  if (session.isPending) {
    return (
      <Center h="100%">
        <Loader aria-label="Loading Homemaid" />
      </Center>
    )
  }
  if (!session.data) {
    return (
      <Center h="100%" p="md">
        <Failure title="Homemaid cannot be reached" detail={sentence(session.error)} retry={() => void session.refetch()} />
      </Center>
    )
  }
  switch (session.data.state) {
    case 'setup':
      return <SetupPage />
    case 'signed_out':
      return <SignInPage />
    case 'signed_in':
      return (
        <LiveProvider lab={session.data.mode === 'lab'}>
          <div className={classes.frame}>
            <Header mode={session.data.mode} />
            <main className={classes.page}>
              <Outlet />
            </main>
          </div>
        </LiveProvider>
      )
  }
}

/** `/`: the lab in the lab, the plugins where the bot is real. */
export function Start() {
  const session = useQuery(sessionQuery)
  return <Navigate to={session.data?.mode === 'live' ? '/plugins' : '/lab'} replace />
}

/** Plugins by server, for the real Discord. */
export function PluginsPage() {
  const guilds = useQuery(guildsQuery)
  const [chosen, setChosen] = useState<string>()
  const [plugin, setPlugin] = useState<string>()
  const guild = guilds.data?.find(({ id }) => id === chosen) ?? guilds.data?.[0]
  if (guilds.isError) {
    return (
      <Center h="100%" p="md">
        <Failure title="The servers could not be loaded" detail={sentence(guilds.error)} retry={() => void guilds.refetch()} />
      </Center>
    )
  }
  return (
    <section className={classes.plugins} aria-label="Plugins">
      {guild ? (
        <>
          <div className={classes.guild}>
            <Select
              label="Server"
              allowDeselect={false}
              data={guilds.data?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
              value={guild.id}
              onChange={(id) => {
                setChosen(id ?? undefined)
                setPlugin(undefined)
              }}
            />
          </div>
          <PluginPanel guild={guild} selected={plugin} onSelect={setPlugin} />
        </>
      ) : (
        <Center h="100%" p="md">
          {guilds.isPending ? (
            <Loader aria-label="Loading servers" />
          ) : (
            <Text maw={420} ta="center">
              Your bot is in no server yet. Invite it to one; it appears here as soon as it has joined.
            </Text>
          )}
        </Center>
      )}
    </section>
  )
}

export function NotFound() {
  return (
    <Center h="100%" p="md">
      <Stack align="center">
        <Text fw={650} fz="lg">
          There is no page here
        </Text>
        <Button component={Link} to="/">
          To the start
        </Button>
      </Stack>
    </Center>
  )
}

/** A fault of the page itself. */
export function Broken({ error }: { error: unknown }) {
  return (
    <Center h="100%" p="md">
      <Failure
        title="This page has a fault"
        detail={`Your plugins are not affected and go on running. What the fault says of itself: ${sentence(error)}`}
        retry={() => location.reload()}
      />
    </Center>
  )
}
