import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { sentence } from '../api/problem'
import { Failure } from '../shared/Failure'
import { useDeletePlugin, useUninstall } from './actions'
import type { Item } from './PluginPanel'

interface Props {
  item: Item
  guildName: string
  onClose: () => void
  onRemoved: () => void
}

/** Asks before anything is lost. */
export function RemoveDialog({ item: { plugin, installation }, guildName, onClose, onRemoved }: Props) {
  const uninstall = useUninstall(installation?.id ?? '')
  const destroy = useDeletePlugin(plugin.id)
  const action = installation ? uninstall : destroy
  const title = installation ? `Remove ${plugin.name} from ${guildName}?` : `Delete ${plugin.name}?`
  const text = installation
    ? `${plugin.name} stops, its commands disappear, and everything it remembered about ${guildName} is deleted. This cannot be undone. The plugin itself stays here and can be installed again.`
    : `All versions of ${plugin.name} are deleted from this computer. To use it again you need its zip file.`
  return (
    <Modal opened onClose={onClose} title={title} centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack>
        <Text>{text}</Text>
        {action.isError && <Failure title="That did not work" detail={sentence(action.error)} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button
            color="red.8"
            loading={action.isPending}
            onClick={() =>
              action.mutate(undefined, {
                onSuccess: () => {
                  onClose()
                  onRemoved()
                },
              })
            }
          >
            {installation ? 'Remove' : 'Delete'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
