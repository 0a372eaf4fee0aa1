import { Center, Paper, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { Brand } from '../shared/Brand'
import classes from './session.module.css'

/** The card in the middle of the page before one is signed in. */
export function Entrance({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <Center component="main" className={classes.entrance}>
      <Paper className={classes.card} shadow="sm" p="xl" radius="lg" withBorder>
        <Stack gap="lg">
          <div>
            <Brand size={44} />
            <Title order={1} fz="1.5rem" mt="sm">
              {title}
            </Title>
            <Text c="var(--hm-muted)" mt={4}>
              {text}
            </Text>
          </div>
          {children}
        </Stack>
      </Paper>
    </Center>
  )
}
