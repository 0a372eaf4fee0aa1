/** Time in the lab: it can pass at once, and stand still. */

import { ActionIcon, Button, Group, Menu, Tooltip } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { IconClock, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { complain, tell } from '../shared/notify'
import { clockQuery, stage } from './stage'

const MINUTE = 60_000
const JUMPS = [
  { label: '1 minute', by: MINUTE },
  { label: '1 hour', by: 60 * MINUTE },
  { label: '1 day', by: 24 * 60 * MINUTE },
  { label: '30 days', by: 30 * 24 * 60 * MINUTE },
]

export function LabClock() {
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
