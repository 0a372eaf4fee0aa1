// The first page of the GUI from the first start to signing out, in the order in which an owner meets it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { PASSWORD, answer, assets, base, composer, launch, needed, open, photograph, runCommand, signIn } from './browser.js'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let browser
let owner
before(async () => {
  browser = await launch()
  owner = await open(browser)
})
after(async () => {
  await browser?.close()
})

test('the setup link asks for a password once and leads into the lab', async () => {
  const { page } = owner
  const token = needed('HOMEMAID_SETUP_TOKEN')
  await page.goto(`${base}/#setup=${token}`)
  await page.getByRole('heading', { name: 'Welcome to Homemaid' }).waitFor()
  await photograph(page, 'setup')
  await page.getByLabel('Owner password').fill(PASSWORD)
  await page.getByLabel('The same again').fill('something else')
  await page.getByRole('button', { name: /Set the password/ }).click()
  await page.getByText('The two are not the same.').waitFor()
  await page.getByLabel('The same again').fill(PASSWORD)
  await page.getByRole('button', { name: /Set the password/ }).click()
  await composer(page).waitFor()
  assert.ok(!page.url().includes(token), 'the used token does not stay in the address')

  const replayed = await page.request.post(`${base}/api/setup`, {
    headers: { origin: base },
    data: { token, password: 'the password of a thief' },
  })
  assert.equal(replayed.status(), 409)
})

test('a plugin is added from its zip, with less than it asks for', async () => {
  const { page } = owner
  await removeIfThere(page, 'Hello Maid')
  await page.locator('input[type=file]').first().setInputFiles(path.join(assets, 'hello_maid.zip'))
  const dialog = page.getByRole('dialog', { name: /Hello Maid/ })
  await dialog.getByLabel('Remember things').uncheck()
  await photograph(page, 'install')
  await dialog.getByRole('button', { name: /start/i }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('region', { name: 'Hello Maid' }).getByText('Running', { exact: true }).waitFor()
})

test('a slash command is found, run and answered', async () => {
  const { page } = owner
  await runCommand(page, 'hello')
  await answer(page, 'Welcome home').waitFor()
})

test('what it may not do is shown and allowed with one click', async () => {
  const { page } = owner
  const needs = page.getByRole('group', { name: /Needs permission: Remember things/ }).first()
  await needs.waitFor()
  await photograph(page, 'needs-permission')
  await needs.getByRole('button', { name: /^Allow/ }).click()
  await needs.waitFor({ state: 'detached' })
  await page.getByRole('region', { name: 'Hello Maid' }).getByText('Running', { exact: true }).waitFor()
  await runCommand(page, 'hello', async (form) => {
    await form.getByLabel('style').click()
    await page.getByRole('option', { name: 'Pirate' }).click()
  })
  await answer(page, 'Ahoy').getByText('The very first hello!').waitFor()
})

test('a button opens a modal, and its answer arrives', async () => {
  const { page } = owner
  await answer(page, 'Ahoy').getByRole('button', { name: /Sign the guest book/ }).click()
  const dialog = page.getByRole('dialog', { name: 'The guest book' })
  await dialog.getByRole('button', { name: 'Submit' }).click()
  await dialog.getByText('This is required.').waitFor()
  await dialog.getByLabel('Your note').fill('**Lovely** tea <img src=x onerror=alert(1)>')
  await photograph(page, 'modal')
  await dialog.getByRole('button', { name: 'Submit' }).click()
  await dialog.waitFor({ state: 'detached' })
  const signed = answer(page, 'A new page in the guest book')
  await signed.locator('strong', { hasText: 'Lovely' }).waitFor()
  assert.equal(await signed.locator('img').count(), 0, 'text stays text')
})

test('an answer for one member is shown to that member alone', async () => {
  const { page } = owner
  await runCommand(page, 'hello-stats')
  await answer(page, 'Hellos so far').getByText('can see this').waitFor()
  await actAs(page, 'Bob')
  await page.getByText('Hellos so far').waitFor({ state: 'detached' })
})

test('another member writes, replies and reacts', async () => {
  const { page } = owner
  await composer(page).fill('Good evening from Bob')
  await composer(page).press('Enter')
  const posted = answer(page, 'Good evening from Bob')
  await posted.hover()
  await posted.getByRole('button', { name: /^React to/ }).click()
  await page.getByRole('button', { name: 'React with ☕' }).click()
  await posted.getByRole('button', { name: '☕, 1' }).waitFor()
  await posted.hover()
  await posted.getByRole('button', { name: /^Reply to/ }).click()
  await composer(page).fill('And good night')
  await composer(page).press('Enter')
  await answer(page, 'And good night').getByText('Good evening from Bob').waitFor()
})

test('a member joins, is acted as, and leaves', async () => {
  const { page } = owner
  await page.getByText('Members', { exact: true }).filter({ visible: true }).first().click()
  await page.getByRole('button', { name: 'Invite a new member' }).click()
  const dialog = page.getByRole('dialog', { name: 'Invite a new member' })
  await dialog.getByLabel('Name').fill('Dana Scully')
  await dialog.getByRole('button', { name: 'Join' }).click()
  await dialog.waitFor({ state: 'detached' })
  await actAs(page, 'Dana Scully')
  await composer(page).fill('I want to believe')
  await composer(page).press('Enter')
  await answer(page, 'I want to believe').waitFor()
  await actAs(page, 'Alice')
  await page.getByRole('button', { name: 'More for Dana Scully' }).click()
  await page.getByRole('menuitem', { name: 'Leave the server' }).click()
  await page.getByRole('button', { name: 'More for Dana Scully' }).waitFor({ state: 'detached' })
})

test('a stopped plugin offers nothing, and starts again', async () => {
  const { page } = owner
  await page.getByText('Plugins', { exact: true }).filter({ visible: true }).first().click()
  await page.getByRole('button', { name: 'Stop Hello Maid' }).click()
  await page.getByRole('button', { name: 'Start Hello Maid' }).waitFor()
  await composer(page).fill('/hello')
  await page.getByText(/No (plugin offers a command here yet|command matches)/).waitFor()
  await composer(page).fill('')
  await page.getByRole('button', { name: 'Start Hello Maid' }).click()
  await page.getByRole('region', { name: 'Hello Maid' }).getByText('Running', { exact: true }).waitFor()
  await runCommand(page, 'hello')
  await answer(page, 'Hello number').waitFor()
})

test('a hostile zip is refused with the reason', async () => {
  const { page } = owner
  await page.getByRole('button', { name: 'Back to all plugins' }).click()
  const zip = { name: 'broken.zip', mimeType: 'application/zip', buffer: Buffer.from('this is not a zip') }
  await page.locator('input[type=file]').first().setInputFiles(zip)
  const dialog = page.getByRole('dialog', { name: 'broken.zip was not added' })
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await dialog.waitFor({ state: 'detached' })

  const huge = { name: 'huge.zip', mimeType: 'application/zip', buffer: Buffer.alloc((10 << 20) + 1) }
  const refused = await page.request.post(`${base}/api/plugins`, { headers: { origin: base }, multipart: { zip: huge } })
  assert.equal(refused.status(), 413)
  assert.match((await refused.json()).error, /larger/)
})

test('the keyboard alone runs a command', async () => {
  const { page } = owner
  await composer(page).focus()
  await page.keyboard.type('/hello-st')
  await page.getByRole('option', { name: /^\/hello-stats/ }).waitFor()
  await page.keyboard.press('Tab')
  await page.getByRole('form', { name: 'Command /hello-stats' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('form', { name: 'Command /hello-stats' }).waitFor({ state: 'detached' })
  await answer(page, 'Hellos so far').waitFor()
  await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA')
})

for (const scheme of ['light', 'dark']) {
  for (const [size, viewport] of [['desktop', { width: 1280, height: 800 }], ['phone', { width: 390, height: 844 }]]) {
    test(`nothing serious stands in the way of assistive technology: ${size}, ${scheme}`, async () => {
      const view = await open(browser, { viewport, colorScheme: scheme, reducedMotion: 'reduce' })
      const { page, troubles, context } = view
      await page.goto(`${base}/`)
      await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
      await expectAccessible(page)
      await photograph(page, `sign-in-${size}-${scheme}`)
      await signIn(page)
      await answer(page, 'Ahoy').waitFor()
      await expectAccessible(page)
      await photograph(page, `lab-${size}-${scheme}`)
      for (const part of size === 'phone' ? ['Channels', 'Plugins', 'Members', 'Timeline'] : ['Members', 'Timeline']) {
        await page.getByText(part, { exact: true }).filter({ visible: true }).last().click()
        await expectAccessible(page)
        await photograph(page, `${part.toLowerCase()}-${size}-${scheme}`)
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
      assert.equal(wide, false, 'nothing is cut off at the side')
      assert.deepEqual(troubles, [])
      await context.close()
    })
  }
}

test('signing out ends the session everywhere it is used', async () => {
  const { page, context, troubles } = owner
  const second = await context.newPage()
  await second.goto(`${base}/lab`)
  await composer(second).waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  await second.getByRole('heading', { name: 'Welcome back' }).waitFor()
  assert.equal((await page.request.get(`${base}/api/status`)).status(), 401)
  await page.getByLabel('Owner password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText('That is not the owner password').waitFor()
  assert.deepEqual(troubles, [])
})

async function actAs(page, name) {
  await page.getByRole('button', { name: /^Acting as/ }).click()
  await page.getByRole('menuitem', { name: new RegExp(`^${name}`) }).click()
  await page.getByRole('button', { name: new RegExp(`^Acting as ${name}`) }).waitFor()
}

/** The quickstart may have installed the demo plugin already. */
async function removeIfThere(page, name) {
  await page.getByRole('button', { name: 'Add a plugin' }).waitFor()
  for (const remove of ['Remove', 'Delete']) {
    const card = page.getByRole('button', { name: new RegExp(`^${name} \\d`) })
    if ((await card.count()) === 0) return
    await card.click()
    await page.getByRole('button', { name: `More for ${name}` }).click()
    await page.getByRole('menuitem', { name: new RegExp(`^${remove}`) }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: remove, exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Add a plugin' }).waitFor()
  }
}

async function expectAccessible(page) {
  // As a debugger would: the page's policy lets no script in from outside.
  await page.evaluate(axeSource)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }))
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const told = serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('\n')}`)
  assert.deepEqual(told, [])
}
