import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import type { Finding } from '../api/problem'
import { Findings } from './Findings'

interface Props {
  name: string
  message: string
  findings: Finding[]
  onClose: () => void
}

/** Why a zip was not taken. */
export function RefusedDialog({ name, message, findings, onClose }: Props) {
  return (
    <Modal opened onClose={onClose} title={`${name} was not added`} centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack>
        <Text>{message}</Text>
        {findings.length > 0 && <Findings findings={findings} />}
        <Text size="sm" c="var(--hm-muted)">
          Nothing of it was kept or run. If the plugin is not yours, send this to its author.
        </Text>
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            Close
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
