// The hand that moves the simulated server: members, roles, channels, messages, time and trouble, each with its effect.
// Runs after lab.test.js, which chose the password.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { answer, composer, launch, open, photograph, signIn } from './browser.js'

let browser
let owner
before(async () => {
  browser = await launch()
  owner = await open(browser)
  await signIn(owner.page)
})
after(async () => {
  await browser?.close()
})

const beside = async (page, name) => page.getByText(name, { exact: true }).filter({ visible: true }).first().click()
const menu = async (page, member, item) => {
  await page.getByRole('button', { name: `More for ${member}`, exact: true }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

test('a channel is made in a category, changed and deleted', async () => {
  const { page } = owner
  await page.getByRole('button', { name: 'New channel' }).click()
  const made = page.getByRole('dialog', { name: 'New channel' })
  await made.getByLabel('Name').fill('tea-room')
  await made.getByLabel('Topic').fill('All about tea')
  await made.getByRole('combobox', { name: 'Category' }).click()
  await page.getByRole('option', { name: 'Parlour' }).click()
  await photograph(page, 'new-channel')
  await made.getByRole('button', { name: 'Create' }).click()
  await made.waitFor({ state: 'detached' })
  await page.getByRole('heading', { name: 'tea-room', exact: true }).waitFor()
  await page.getByText('All about tea').waitFor()

  await page.getByRole('button', { name: 'Change tea-room' }).click()
  const changed = page.getByRole('dialog', { name: 'Change tea-room' })
  await changed.getByLabel('Name').fill('cake-room')
  await changed.getByRole('button', { name: 'Save' }).click()
  await changed.waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'cake-room' }).waitFor()

  await page.getByRole('button', { name: 'Change cake-room' }).click()
  const deleted = page.getByRole('dialog', { name: 'Change cake-room' })
  await deleted.getByRole('button', { name: 'Delete…' }).click()
  await deleted.getByText('This cannot be undone').waitFor()
  await deleted.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByRole('link', { name: 'cake-room' }).waitFor({ state: 'detached' })
  await composer(page).waitFor()
})

test('a role is made, given with a nickname, and taken away', async () => {
  const { page } = owner
  await beside(page, 'Members')
  await page.getByRole('button', { name: 'New role' }).click()
  const made = page.getByRole('dialog', { name: 'New role' })
  await made.getByLabel('Name').fill('Gardener')
  await made.getByLabel('Manage messages').check()
  await made.getByRole('button', { name: 'Create' }).click()
  await made.waitFor({ state: 'detached' })

  await menu(page, 'Carol', 'Change…')
  const carol = page.getByRole('dialog', { name: 'Change Carol' })
  await carol.getByLabel('Nickname').fill('Caro')
  // The field itself is as small as what is typed into it; the keyboard opens it as a person's click beside it does.
  await carol.getByRole('combobox', { name: 'Roles' }).focus()
  await page.keyboard.press('ArrowDown')
  await page.getByRole('option', { name: 'Gardener' }).click()
  await page.keyboard.press('Escape')
  await photograph(page, 'member')
  if (await carol.count()) await carol.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'More for Caro', exact: true }).waitFor()
  await page.getByRole('listitem').filter({ hasText: 'Caro' }).getByText('Gardener').waitFor()

  await page.getByRole('button', { name: 'Change the role Gardener' }).click()
  const role = page.getByRole('dialog', { name: 'Change Gardener' })
  assert.equal(await role.getByLabel('Manage messages').isChecked(), true)
  await role.getByRole('button', { name: 'Delete the role' }).click()
  await page.getByRole('button', { name: 'Change the role Gardener' }).waitFor({ state: 'detached' })
})

test('somebody joins a voice channel and leaves it', async () => {
  const { page } = owner
  await menu(page, 'Bob', 'Join Lounge')
  await page.getByRole('list', { name: 'In Lounge' }).getByText('Bob').waitFor()
  await menu(page, 'Bob', 'Leave voice')
  await page.getByRole('list', { name: 'In Lounge' }).waitFor({ state: 'detached' })
})

test('somebody is banned, and the ban is lifted', async () => {
  const { page } = owner
  await page.getByRole('button', { name: 'Invite a new member' }).click()
  const dialog = page.getByRole('dialog', { name: 'Invite a new member' })
  await dialog.getByLabel('Name').fill('Troll')
  await dialog.getByRole('button', { name: 'Join' }).click()
  await menu(page, 'Troll', 'Ban')
  await page.getByRole('button', { name: 'More for Troll', exact: true }).waitFor({ state: 'detached' })
  await page.getByRole('region', { name: 'Banned' }).getByRole('button', { name: 'Lift the ban' }).click()
  await page.getByRole('region', { name: 'Banned' }).waitFor({ state: 'detached' })
})

test('a message is edited, pinned and deleted', async () => {
  const { page } = owner
  await composer(page).fill('Frist!')
  await composer(page).press('Enter')
  await answer(page, 'Frist!').hover()
  await answer(page, 'Frist!').getByRole('button', { name: /^More for/ }).click()
  await page.getByRole('menuitem', { name: 'Edit…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Edit the message' })
  await dialog.getByLabel('Message').fill('First!')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await answer(page, 'First!').getByText('(edited)').waitFor()
  await answer(page, 'First!').hover()
  await answer(page, 'First!').getByRole('button', { name: /^More for/ }).click()
  await page.getByRole('menuitem', { name: 'Pin' }).click()
  await answer(page, 'First!').getByRole('img', { name: 'Pinned' }).waitFor()
  await answer(page, 'First!').hover()
  await answer(page, 'First!').getByRole('button', { name: /^More for/ }).click()
  await page.getByRole('menuitem', { name: 'Unpin' }).click()
  await answer(page, 'First!').getByRole('img', { name: 'Pinned' }).waitFor({ state: 'detached' })
  await answer(page, 'First!').hover()
  await answer(page, 'First!').getByRole('button', { name: /^More for/ }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await answer(page, 'First!').waitFor({ state: 'detached' })
})

test('a thread starts at a message, and a post in a forum', async () => {
  const { page } = owner
  await composer(page).fill('Which tea?')
  await composer(page).press('Enter')
  await answer(page, 'Which tea?').hover()
  await answer(page, 'Which tea?').getByRole('button', { name: /^More for/ }).click()
  await page.getByRole('menuitem', { name: 'Start a thread…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Start a thread' })
  await dialog.getByLabel('Name').fill('Tea talk')
  await dialog.getByRole('button', { name: 'Start' }).click()
  await page.getByRole('heading', { name: 'Tea talk', exact: true }).waitFor()
  await page.getByRole('list', { name: /^Threads of/ }).getByRole('link', { name: 'Tea talk' }).waitFor()
  await composer(page).fill('Oolong, surely.')
  await composer(page).press('Enter')
  await answer(page, 'Oolong, surely.').waitFor()

  await page.getByRole('button', { name: 'New channel' }).click()
  const made = page.getByRole('dialog', { name: 'New channel' })
  await made.getByLabel('Name').fill('questions')
  await made.getByRole('combobox', { name: 'Kind' }).click()
  await page.getByRole('option', { name: /Forum/ }).click()
  await made.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('button', { name: 'New post in questions' }).click()
  const post = page.getByRole('dialog', { name: 'New post in questions' })
  await post.getByLabel('Title').fill('How hot?')
  await post.getByLabel('Message').fill('For green tea, that is.')
  await post.getByRole('button', { name: 'Post' }).click()
  await page.getByRole('heading', { name: 'How hot?', exact: true }).waitFor()
  await answer(page, 'For green tea, that is.').waitFor()
  await photograph(page, 'thread')
  await page.getByRole('link', { name: 'general' }).click()
})

test('somebody is kicked by whom one acts as', async () => {
  const { page } = owner
  await beside(page, 'Members')
  await page.getByRole('button', { name: 'Invite a new member' }).click()
  const dialog = page.getByRole('dialog', { name: 'Invite a new member' })
  await dialog.getByLabel('Name').fill('Guest')
  await dialog.getByRole('button', { name: 'Join' }).click()
  await menu(page, 'Guest', /^Kick, as/)
  await page.getByRole('button', { name: 'More for Guest', exact: true }).waitFor({ state: 'detached' })
})

test('the timeline shows what the bot did below what it was asked, and time and trouble can be made', async () => {
  const { page, troubles } = owner
  await beside(page, 'Timeline')
  const timeline = page.getByRole('region', { name: /What happened/ })
  await composer(page).fill('Is anybody there?')
  await composer(page).press('Enter')
  await timeline.getByText('Is anybody there?').first().waitFor()
  await page.getByRole('switch', { name: 'Show the wire' }).check({ force: true })
  await timeline.getByText(/message create/).first().waitFor()
  await photograph(page, 'timeline')

  const before = await clock(page)
  await page.getByRole('button', { name: 'Let time pass' }).click()
  await page.getByRole('menuitem', { name: '30 days' }).click()
  await page.getByText('30 days went by in the lab.').waitFor()
  assert.ok((await clock(page)) - before >= 30 * 24 * 3_600_000)
  await page.getByRole('button', { name: 'Stop the lab’s clock' }).click()
  await page.getByRole('button', { name: 'Let the lab’s clock run again' }).click()
  await page.getByRole('button', { name: 'Stop the lab’s clock' }).waitFor()

  await page.getByRole('button', { name: 'Make trouble' }).click()
  await page.getByRole('menuitem', { name: 'Cut the connection' }).click()
  await page.getByText('All well').waitFor()

  await page.getByRole('button', { name: 'Make trouble' }).click()
  await page.getByRole('menuitem', { name: 'Fail 5 requests with an error of Discord' }).click()
  await page.getByRole('button', { name: 'Trouble: 1' }).click()
  await photograph(page, 'trouble')
  await page.getByRole('menuitem', { name: 'Stop all trouble' }).click()
  await page.getByRole('button', { name: 'Make trouble' }).waitFor()
  assert.deepEqual(troubles, [])
})

async function clock(page) {
  const told = await (await page.request.get(new URL('/api/lab/clock', page.url()).href)).json()
  return Date.parse(told.now)
}
