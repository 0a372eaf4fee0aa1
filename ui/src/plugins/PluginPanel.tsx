/** The plugins of one guild: add by dropping a zip, start, stop, and look into each. */

import { Button, Center, FileButton, Loader, Stack, Text } from '@mantine/core'
import { Dropzone } from '@mantine/dropzone'
import { useQuery } from '@tanstack/react-query'
import { IconFileZip, IconPlus, IconPuzzle } from '@tabler/icons-react'
import { useState } from 'react'
import type { Installation, Plugin, UploadReport } from '../api/client'
import { Problem, sentence } from '../api/problem'
import { installationsQuery, pluginsQuery } from '../api/queries'
import { Failure } from '../shared/Failure'
import { useUpload } from './actions'
import { InstallDialog, type Candidate } from './InstallDialog'
import { PluginCard } from './PluginCard'
import { PluginDetail } from './PluginDetail'
import { RefusedDialog } from './RefusedDialog'
import classes from './plugins.module.css'

const ZIP = { 'application/zip': ['.zip'], 'application/x-zip-compressed': ['.zip'] }

interface Props {
  guild: { id: string; name: string }
  /** The plugin being looked into. */
  selected: string | undefined
  onSelect: (plugin: string | undefined) => void
}

export interface Item {
  plugin: Plugin
  installation: Installation | undefined
}

export function PluginPanel({ guild, selected, onSelect }: Props) {
  const plugins = useQuery(pluginsQuery)
  const installations = useQuery(installationsQuery)
  const upload = useUpload()
  const [candidate, setCandidate] = useState<Candidate>()
  const take = (file: File | null | undefined) => {
    if (file) upload.mutate(file, { onSuccess: (report) => setCandidate(fromReport(report)) })
  }

  const failed = plugins.error ?? installations.error
  const items: Item[] = (plugins.data ?? []).map((plugin) => ({
    plugin,
    installation: installations.data?.find((one) => one.plugin === plugin.id && one.guild === guild.id),
  }))
  const open = items.find(({ plugin }) => plugin.id === selected)
  const add = (
    <FileButton accept=".zip,application/zip" onChange={take}>
      {(props) => (
        <Button {...props} leftSection={<IconPlus size={18} />} loading={upload.isPending}>
          Add a plugin
        </Button>
      )}
    </FileButton>
  )

  return (
    <div className={classes.panel}>
      {/* For the mouse alone; everyone else has the button. */}
      <Dropzone.FullScreen aria-hidden activateOnKeyboard={false} active accept={ZIP} maxFiles={1} onDrop={(files) => take(files[0])} onReject={() => {}}>
        <Center h="70vh" className={classes.drop}>
          <Stack align="center" gap="xs">
            <IconFileZip size={56} stroke={1.4} aria-hidden />
            <Text fz="xl" fw={650}>
              Drop the plugin's zip here
            </Text>
            <Text>Nothing runs before you have seen what it asks for.</Text>
          </Stack>
        </Center>
      </Dropzone.FullScreen>

      {plugins.isPending || installations.isPending ? (
        <Center flex={1}>
          <Loader aria-label="Loading plugins" />
        </Center>
      ) : failed ? (
        <Center flex={1} p="md">
          <Failure
            title="The plugins could not be loaded"
            detail={sentence(failed)}
            retry={() => {
              void plugins.refetch()
              void installations.refetch()
            }}
          />
        </Center>
      ) : open ? (
        <PluginDetail
          key={open.plugin.id}
          item={open}
          guild={guild}
          onBack={() => onSelect(undefined)}
          onInstall={() => setCandidate(fromPlugin(open.plugin))}
        />
      ) : (
        <div className={classes.scroll}>
          <div className={classes.add}>{add}</div>
          {items.length === 0 ? (
            <Empty />
          ) : (
            <ul className={classes.cards} aria-label={`Plugins for ${guild.name}`}>
              {items.map((item) => (
                <PluginCard
                  key={item.plugin.id}
                  item={item}
                  onOpen={() => onSelect(item.plugin.id)}
                  onInstall={() => setCandidate(fromPlugin(item.plugin))}
                />
              ))}
            </ul>
          )}
        </div>
      )}

      {candidate && (
        <InstallDialog
          candidate={candidate}
          guild={guild}
          existing={installations.data?.find((one) => one.plugin === candidate.plugin && one.guild === guild.id)}
          onClose={() => setCandidate(undefined)}
          onInstalled={() => {
            onSelect(candidate.plugin)
            setCandidate(undefined)
          }}
        />
      )}
      {upload.isError && (
        <RefusedDialog
          name={upload.variables.name}
          message={sentence(upload.error)}
          findings={upload.error instanceof Problem ? upload.error.findings : []}
          onClose={() => upload.reset()}
        />
      )}
    </div>
  )
}

function Empty() {
  return (
    <Stack align="center" gap={6} className={classes.empty}>
      <IconPuzzle size={44} stroke={1.3} aria-hidden />
      <Text fw={650}>No plugins yet</Text>
      <Text size="sm" ta="center" c="var(--hm-muted)">
        Drop a plugin's zip file anywhere on this page, or press “Add a plugin”. You will see what it wants to do before
        it may do anything.
      </Text>
    </Stack>
  )
}

function fromReport(report: UploadReport): Candidate {
  return report
}

/** The newest version of a plugin that is already here. */
function fromPlugin(plugin: Plugin): Candidate | undefined {
  const newest = plugin.versions[0]
  return newest && { ...newest, plugin: plugin.id, name: plugin.name, description: plugin.description, unknown_capabilities: [] }
}
