/** What can go wrong with the real Discord, made to go wrong here: Homemaid and the plugins have to live with it. */

import { Button, Menu } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { IconHeart, IconPlugConnectedX } from '@tabler/icons-react'
import { complain, tell } from '../shared/notify'
import { faultsQuery, stage, type Fault, type FaultSpec } from './stage'

type Disturbance = Parameters<typeof stage.disturb>[0]

const CONNECTION: { label: string; action: Disturbance }[] = [
  { label: 'Ask the bot to reconnect', action: 'reconnect' },
  { label: 'Cut the connection', action: 'drop' },
  { label: 'End the session', action: 'invalidate' },
]

/** Bounded by `times`, so that nobody has to remember to switch trouble off again. */
const FAULTS: { label: string; spec: FaultSpec }[] = [
  { label: 'Answer slowly, 20 requests', spec: { fault: 'latency', ms: 2000, jitter_ms: 1000, times: 20 } },
  { label: 'Refuse 3 requests as too many', spec: { fault: 'rate_limit', scope: 'user', retry_after_ms: 2000, times: 3 } },
  { label: 'Fail 5 requests with an error of Discord', spec: { fault: 'status', status: 503, after: false, times: 5 } },
  { label: 'Tell the next 5 events twice', spec: { fault: 'duplicate_event', times: 5 } },
  { label: 'Tell the next 5 events late', spec: { fault: 'slow_events', ms: 3000, times: 5 } },
]

export function Trouble() {
  const queries = useQueryClient()
  const faults = useQuery(faultsQuery)
  const refresh = () => queries.invalidateQueries({ queryKey: faultsQuery.queryKey })
  const act = useMutation({
    mutationFn: ({ deed }: { deed: () => Promise<unknown>; done?: string }) => deed(),
    onSuccess: (_, { done }) => {
      if (done) tell(done)
      return refresh()
    },
    onError: (error) => complain('That did not work', error),
  })
  const left = (faults.data ?? []).filter(isLeft).length
  return (
    <Menu shadow="md" onOpen={() => void refresh()}>
      <Menu.Target>
        <Button
          size="compact-sm"
          variant={left > 0 ? 'light' : 'default'}
          color={left > 0 ? 'red' : undefined}
          leftSection={<IconPlugConnectedX size={16} />}
          loading={act.isPending}
        >
          {left > 0 ? `Trouble: ${left}` : 'Make trouble'}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>The connection</Menu.Label>
        {CONNECTION.map(({ action, label }) => (
          <Menu.Item key={action} onClick={() => act.mutate({ deed: () => stage.disturb(action) })}>
            {label}
          </Menu.Item>
        ))}
        <Menu.Label>What Discord does</Menu.Label>
        {FAULTS.map(({ label, spec }) => (
          <Menu.Item key={label} onClick={() => act.mutate({ deed: () => stage.fault(spec), done: `Done: ${label}.` })}>
            {label}
          </Menu.Item>
        ))}
        {left > 0 && (
          <>
            <Menu.Divider />
            <Menu.Item
              leftSection={<IconHeart size={16} />}
              onClick={() => act.mutate({ deed: stage.healFaults, done: 'The lab’s Discord is well again.' })}
            >
              Stop all trouble
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}

/** Whether a fault will strike again. */
function isLeft({ struck, times }: Fault): boolean {
  return times == null || struck < times
}
