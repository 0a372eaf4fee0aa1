import { Menu, Tooltip, UnstyledButton } from '@mantine/core'
import { IconCheck, IconSelector } from '@tabler/icons-react'
import { Avatar } from '../discord/Avatar'
import { people, useLab } from './people'
import classes from './composer.module.css'

/** Chooses the member one acts as. */
export function MemberPicker() {
  const { guild, acting, setActing, nameOf } = useLab()
  return (
    <Menu position="top-start" shadow="md" width={240}>
      <Menu.Target>
        <Tooltip label="Act as another member">
          <UnstyledButton className={classes.picker} aria-label={`Acting as ${nameOf(acting.user)}. Act as another member`}>
            <Avatar id={acting.user.id} name={nameOf(acting.user)} size={28} />
            <IconSelector size={14} aria-hidden />
          </UnstyledButton>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Act as</Menu.Label>
        {people(guild).map(({ user }) => (
          <Menu.Item
            key={user.id}
            leftSection={<Avatar id={user.id} name={nameOf(user)} size={24} />}
            rightSection={user.id === acting.user.id ? <IconCheck size={16} aria-label="now" /> : undefined}
            onClick={() => setActing(user.id)}
          >
            {nameOf(user)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
