/** What a plugin is, what was found in it and what it may do, before it may do anything. */

import { Accordion, Badge, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { Installation, RequestedCapability } from '../api/client'
import { sentence, type Finding } from '../api/problem'
import { Failure } from '../shared/Failure'
import { useInstall } from './actions'
import { Capabilities } from './Capabilities'
import { Findings } from './Findings'
import classes from './plugins.module.css'

/** A version that could be installed. */
export interface Candidate {
  plugin: string
  name: string
  description: string
  version: string
  hash: string
  capabilities: RequestedCapability[]
  unknown_capabilities: string[]
  proxy_domains: string[]
  commands: string[]
  findings: Finding[]
}

interface Props {
  candidate: Candidate
  guild: { id: string; name: string }
  existing: Installation | undefined
  onClose: () => void
  onInstalled: () => void
}

export function InstallDialog({ candidate, guild, existing, onClose, onInstalled }: Props) {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(() => preTicked(candidate, existing))
  const same = existing?.hash === candidate.hash
  const install = useInstall(same ? existing?.id : undefined)
  const submit = () =>
    install.mutate(
      { plugin: candidate.plugin, hash: candidate.hash, guild: guild.id, capabilities: [...ticked], enable: true },
      { onSuccess: onInstalled },
    )
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
      title={
        <span className={classes.dialogTitle}>
          {candidate.name} <Badge variant="light">{candidate.version}</Badge>
        </span>
      }
    >
      <Stack>
        {candidate.description && <Text>{candidate.description}</Text>}
        {candidate.commands.length > 0 && (
          <Group gap={6}>
            {candidate.commands.map((name) => (
              <code key={name} className={classes.command}>
                /{name}
              </code>
            ))}
          </Group>
        )}
        {candidate.findings.length > 0 ? (
          <Accordion variant="separated" defaultValue={candidate.findings.some(({ severity }) => severity !== 'info') ? 'findings' : null}>
            <Accordion.Item value="findings">
              <Accordion.Control>{findingsTitle(candidate.findings)}</Accordion.Control>
              <Accordion.Panel>
                <Findings findings={candidate.findings} />
              </Accordion.Panel>
            </Accordion.Item>
          </Accordion>
        ) : (
          <Text size="sm" c="var(--hm-good)">
            The check of this zip found nothing to worry about.
          </Text>
        )}
        <section aria-labelledby="may-do">
          <h3 id="may-do" className={classes.sectionTitle}>
            What may it do in {guild.name}?
          </h3>
          <Capabilities items={candidate.capabilities} ticked={ticked} onChange={setTicked} />
          {candidate.proxy_domains.length > 0 && (
            <div className={classes.domains}>
              <Text size="sm">Websites it wants to visit:</Text>
              <ul>
                {candidate.proxy_domains.map((domain) => (
                  <li key={domain}>{domain}</li>
                ))}
              </ul>
            </div>
          )}
          {candidate.unknown_capabilities.length > 0 && (
            <Text size="sm" c="var(--hm-muted)">
              It also asks for {candidate.unknown_capabilities.join(', ')}, which this version of Homemaid does not know and
              never allows.
            </Text>
          )}
        </section>
        {install.isError && <Failure title="It was not installed" detail={sentence(install.error)} />}
      </Stack>
      <Group justify="flex-end" className={classes.dialogFoot}>
        <Button variant="default" onClick={onClose}>
          Not now
        </Button>
        <Button loading={install.isPending} onClick={submit} data-autofocus>
          {same ? 'Apply and start' : existing ? `Update to ${candidate.version}` : 'Install and start'}
        </Button>
      </Group>
    </Modal>
  )
}

/** Safe ones at first; on an update what was allowed before and nothing else. */
function preTicked(candidate: Candidate, existing: Installation | undefined): Set<string> {
  const allowed = existing?.capabilities.filter(({ granted }) => granted).map(({ name }) => name)
  const names = candidate.capabilities.filter(({ name, tier }) => (allowed ? allowed.includes(name) : tier === 'safe'))
  return new Set(names.map(({ name }) => name))
}

function findingsTitle(findings: Finding[]): string {
  const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length
  const [warnings, notes] = [count('warning') + count('error'), count('info')]
  const parts = [
    warnings > 0 ? `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}` : '',
    notes > 0 ? `${notes} ${notes === 1 ? 'note' : 'notes'}` : '',
  ]
  return `The check found ${parts.filter(Boolean).join(' and ')}`
}
