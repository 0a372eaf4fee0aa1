import { Alert, Button, Group, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'

interface Props {
  title: string
  detail: string
  retry?: () => void
}

/** What went wrong and the way on: never a dead end. */
export function Failure({ title, detail, retry }: Props) {
  return (
    <Alert color="red" variant="light" title={title} icon={<IconAlertTriangle aria-hidden />} maw={460} role="alert">
      <Text size="sm">{detail}</Text>
      {retry && (
        <Group mt="sm">
          <Button size="compact-sm" variant="default" onClick={retry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  )
}
