/** Everything about one plugin in one guild. */

import { ActionIcon, Button, Group, Menu, Stack, Tabs, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconArrowLeft, IconDots, IconRefresh, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { Installation } from '../api/client'
import { sentence } from '../api/problem'
import { messageTime } from '../discord/time'
import { Failure } from '../shared/Failure'
import { useGrant, useSwitch } from './actions'
import { Capabilities } from './Capabilities'
import { Findings } from './Findings'
import { LogView } from './LogView'
import { NeedsPermission } from './NeedsPermission'
import { StartStop } from './PluginCard'
import type { Item } from './PluginPanel'
import { RemoveDialog } from './RemoveDialog'
import { StateBadge } from './StateBadge'
import { megabytes } from './state'
import classes from './plugins.module.css'

interface Props {
  item: Item
  guild: { id: string; name: string }
  onBack: () => void
  onInstall: () => void
}

export function PluginDetail({ item, guild, onBack, onInstall }: Props) {
  const { plugin, installation } = item
  const [removing, remove] = useDisclosure()
  return (
    <section className={classes.detail} aria-label={plugin.name}>
      <header className={classes.detailHead}>
        <ActionIcon variant="subtle" color="gray" aria-label="Back to all plugins" onClick={onBack}>
          <IconArrowLeft size={20} />
        </ActionIcon>
        <div className={classes.cardText}>
          <h2>{plugin.name}</h2>
          {installation && (
            <StateBadge installation={installation} />
          )}
        </div>
        {installation ? (
          <StartStop installation={installation} />
        ) : (
          <Button size="compact-sm" onClick={onInstall}>
            Install…
          </Button>
        )}
        <More item={item} onRemove={remove.open} />
      </header>
      {installation ? (
        <Installed item={item} installation={installation} guildName={guild.name} />
      ) : (
        <div className={classes.scroll}>
          <About item={item} />
        </div>
      )}
      {removing && <RemoveDialog item={item} guildName={guild.name} onClose={remove.close} onRemoved={onBack} />}
    </section>
  )
}

function More({ item: { plugin, installation }, onRemove }: { item: Item; onRemove: () => void }) {
  const power = useSwitch(installation?.id ?? '', plugin.name)
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`More for ${plugin.name}`}>
          <IconDots size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {installation && (
          <Menu.Item leftSection={<IconRefresh size={16} />} disabled={!installation.enabled} onClick={() => power.mutate('restart')}>
            Restart
          </Menu.Item>
        )}
        <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={onRemove}>
          {installation ? 'Remove from this server…' : 'Delete the plugin…'}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function Installed({ item, installation, guildName }: { item: Item; installation: Installation; guildName: string }) {
  return (
    <>
      <div className={classes.alerts}>
        <NeedsPermission installation={installation} />
        {installation.problem && <p className={classes.problem}>{installation.problem}</p>}
      </div>
      <Tabs defaultValue="log" className={classes.tabs} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="log">Log</Tabs.Tab>
          <Tabs.Tab value="permissions">Permissions</Tabs.Tab>
          <Tabs.Tab value="about">About</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="log" className={classes.logPanel}>
          <LogView installation={installation.id} />
        </Tabs.Panel>
        <Tabs.Panel value="permissions" className={classes.scroll}>
          <Permissions key={grantedKey(installation)} installation={installation} guildName={guildName} />
        </Tabs.Panel>
        <Tabs.Panel value="about" className={classes.scroll}>
          <About item={item} />
        </Tabs.Panel>
      </Tabs>
    </>
  )
}

function grantedKey({ capabilities }: Installation): string {
  return capabilities
    .filter(({ granted }) => granted)
    .map(({ name }) => name)
    .join(' ')
}

function Permissions({ installation, guildName }: { installation: Installation; guildName: string }) {
  const before = new Set(installation.capabilities.filter(({ granted }) => granted).map(({ name }) => name))
  const [ticked, setTicked] = useState<ReadonlySet<string>>(before)
  const grant = useGrant(installation.id)
  const changed = ticked.size !== before.size || [...ticked].some((name) => !before.has(name))
  return (
    <Stack p="md" gap="sm">
      <Text size="sm" c="var(--hm-muted)">
        What {installation.plugin_name} may do in {guildName}. Whatever is not ticked is refused, however often it tries.
      </Text>
      <Capabilities items={installation.capabilities} ticked={ticked} onChange={setTicked} disabled={grant.isPending} />
      {grant.isError && <Failure title="The permissions were not changed" detail={sentence(grant.error)} />}
      {changed && (
        <Group className={classes.save} justify="space-between">
          <Text size="sm">Saving restarts the plugin.</Text>
          <Group gap="xs">
            <Button size="compact-sm" variant="default" onClick={() => setTicked(before)}>
              Undo
            </Button>
            <Button size="compact-sm" loading={grant.isPending} onClick={() => grant.mutate([...ticked])}>
              Save
            </Button>
          </Group>
        </Group>
      )}
    </Stack>
  )
}

function About({ item: { plugin, installation } }: { item: Item }) {
  const version = plugin.versions.find(({ hash }) => hash === installation?.hash) ?? plugin.versions[0]
  const usage = installation?.usage
  const counts = installation?.counts
  const rows: [string, React.ReactNode][] = [
    ['Version', version?.version ?? '—'],
    ['Added', version ? messageTime(version.uploaded_at) : '—'],
  ]
  if (usage) {
    rows.push(['Memory', `${megabytes(usage.memory_bytes)} of ${megabytes(usage.memory_limit_bytes)}`])
    rows.push(['Processor time', `${(usage.cpu_usec / 1e6).toFixed(1)} s`])
  }
  if (counts) {
    rows.push(['Events', `${counts.events_delivered} delivered, ${counts.events_failed} failed`])
    rows.push(['Calls', `${counts.calls_ok} done, ${counts.calls_failed} failed, ${counts.calls_refused} refused`])
  }
  return (
    <Stack p="md">
      {plugin.description && <Text>{plugin.description}</Text>}
      <dl className={classes.facts}>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {installation && installation.commands.length > 0 && (
        <section>
          <h3 className={classes.sectionTitle}>Commands</h3>
          <ul className={classes.commands}>
            {installation.commands.map((command) => (
              <li key={command.name}>
                <code className={classes.command}>/{command.registered_as ?? command.name}</code>
                {command.problem && <span className={classes.problemText}> {command.problem}</span>}
                {command.registered_as && command.registered_as !== command.name && (
                  <span className={classes.small}> another plugin already offers /{command.name}</span>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      {version && version.proxy_domains.length > 0 && (
        <section>
          <h3 className={classes.sectionTitle}>Websites</h3>
          <ul>
            {version.proxy_domains.map((domain) => (
              <li key={domain}>{domain}</li>
            ))}
          </ul>
        </section>
      )}
      {version && version.findings.length > 0 && (
        <section>
          <h3 className={classes.sectionTitle}>What the check found</h3>
          <Findings findings={version.findings} />
        </section>
      )}
    </Stack>
  )
}
