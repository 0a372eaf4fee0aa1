import { Button, UnstyledButton } from '@mantine/core'
import { IconChevronRight, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react'
import { useSwitch } from './actions'
import { NeedsPermission } from './NeedsPermission'
import type { Item } from './PluginPanel'
import { StateBadge } from './StateBadge'
import { isOn } from './state'
import classes from './plugins.module.css'

interface Props {
  item: Item
  onOpen: () => void
  onInstall: () => void
}

/** One plugin in the list. */
export function PluginCard({ item: { plugin, installation }, onOpen, onInstall }: Props) {
  return (
    <li className={classes.card}>
      <UnstyledButton className={classes.cardHead} onClick={onOpen}>
        <span className={classes.cardText}>
          <span className={classes.cardName}>
            {plugin.name} <span className={classes.small}>{installation?.version ?? plugin.versions[0]?.version}</span>
          </span>
          <span className={classes.cardDescription}>{plugin.description}</span>
        </span>
        <IconChevronRight size={18} aria-hidden />
      </UnstyledButton>
      {installation && <NeedsPermission installation={installation} />}
      {installation?.problem && <p className={classes.problem}>{installation.problem}</p>}
      <div className={classes.cardFoot}>
        {installation ? (
          <>
            <StateBadge installation={installation} />
            <StartStop installation={installation} />
          </>
        ) : (
          <>
            <span className={classes.small}>Not in this server</span>
            <Button size="compact-sm" variant="light" onClick={onInstall}>
              Install…
            </Button>
          </>
        )}
      </div>
    </li>
  )
}

export function StartStop({ installation }: { installation: NonNullable<Item['installation']> }) {
  const power = useSwitch(installation.id, installation.plugin_name)
  const on = isOn(installation)
  return on ? (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<IconPlayerStop size={15} />}
      loading={power.isPending}
      aria-label={`Stop ${installation.plugin_name}`}
      onClick={() => power.mutate('disable')}
    >
      Stop
    </Button>
  ) : (
    <Button
      size="compact-sm"
      leftSection={<IconPlayerPlay size={15} />}
      loading={power.isPending || installation.state.name === 'stopping'}
      aria-label={`Start ${installation.plugin_name}`}
      onClick={() => power.mutate('enable')}
    >
      Start
    </Button>
  )
}
