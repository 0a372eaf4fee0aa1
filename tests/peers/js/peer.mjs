// discord.js, unmodified, doing a bot's ordinary work on discord-sim.
//
// The bot half uses the library as its guide shows; the driver half acts as members through the simulator's control
// API. Both sides assert. Addresses come from SIM_BASE and SIM_TOKEN; the gateway's comes from REST.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ActionRowBuilder, ApplicationCommandOptionType, AttachmentBuilder, ButtonBuilder, ButtonStyle, Client, EmbedBuilder,
  Events, GatewayIntentBits, MessageFlags, ModalBuilder, Partials, PermissionFlagsBits, StringSelectMenuBuilder,
  TextInputBuilder, TextInputStyle, version,
} from 'discord.js'

const base = process.env.SIM_BASE
const step = (text) => console.log(`discord.js ${version}: ok: ${text}`)

/** Calls the control API. */
async function control(method, path, body) {
  const response = await fetch(`${base}/sim${path}`, {
    method,
    headers: body ? { 'content-type': 'application/json' } : {},
    body: body ? JSON.stringify(body) : undefined,
  })
  const text = await response.text()
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`)
  return text ? JSON.parse(text) : undefined
}

/** Waits until the app has dealt with an interaction. */
async function answered({ interaction_id }) {
  for (;;) {
    const state = await control('GET', `/interactions/${interaction_id}`)
    if (!['pending', 'deferred'].includes(state.state)) {
      assert.notEqual(state.state, 'failed', state.error)
      return state
    }
    await sleep(20)
  }
}

async function until(look) {
  for (;;) {
    const found = await look()
    if (found) return found
    await sleep(20)
  }
}

const client = new Client({
  intents: Object.values(GatewayIntentBits).filter((bit) => typeof bit === 'number'),
  partials: [Partials.Channel, Partials.Message, Partials.Reaction],
  rest: { api: `${base}/api` },
})

/** The next event that fits. */
function next(event, fits = () => true) {
  return new Promise((resolve) => {
    const listener = (...args) => {
      if (!fits(...args)) return
      client.off(event, listener)
      resolve(args[0])
    }
    client.on(event, listener)
  })
}

const buttons = () => [
  new ActionRowBuilder().addComponents(
    new ButtonBuilder().setCustomId('press').setLabel('Press').setStyle(ButtonStyle.Primary),
  ),
  new ActionRowBuilder().addComponents(
    new StringSelectMenuBuilder().setCustomId('menu').addOptions({ label: 'A', value: 'a' }, { label: 'B', value: 'b' }),
  ),
]

client.on(Events.MessageCreate, async (message) => {
  if (message.content === '!ping') {
    await message.reply({ content: 'pong', embeds: [new EmbedBuilder().setTitle('Pong')] })
  }
})

client.on(Events.InteractionCreate, async (interaction) => {
  if (interaction.isAutocomplete()) {
    await interaction.respond([{ name: 'Tea', value: 'tea' }])
  } else if (interaction.isChatInputCommand() && interaction.commandName === 'greet') {
    const who = interaction.options.getMember('who')
    const times = interaction.options.getInteger('times') ?? 1
    const embed = new EmbedBuilder().setTitle('Greeting').setDescription(`hello ${who.user.username} x${times}`)
    const reply = await interaction.reply({ embeds: [embed], components: buttons(), withResponse: true })
    assert.equal(reply.resource.message.embeds[0].title, 'Greeting')
  } else if (interaction.isChatInputCommand() && interaction.commandName === 'wish') {
    const input = new TextInputBuilder().setCustomId('wish').setLabel('Your wish').setStyle(TextInputStyle.Short)
    await interaction.showModal(
      new ModalBuilder().setCustomId('form').setTitle('Tell me').addComponents(new ActionRowBuilder().addComponents(input)),
    )
  } else if (interaction.isChatInputCommand() && interaction.commandName === 'slow') {
    await interaction.deferReply()
    await interaction.editReply('done')
    await interaction.followUp({ content: 'and more', files: [new AttachmentBuilder(Buffer.from('data'), { name: 'data.txt' })] })
  } else if (interaction.isButton()) {
    await interaction.update({ content: `pressed by ${interaction.user.username}`, components: [] })
  } else if (interaction.isStringSelectMenu()) {
    await interaction.reply(`chose ${interaction.values[0]}`)
  } else if (interaction.isModalSubmit()) {
    const wish = interaction.fields.getTextInputValue('wish')
    await interaction.reply({ content: `wish: ${wish}`, flags: MessageFlags.Ephemeral })
  }
})

async function drive() {
  // READY names guilds before they are available; their names come with GUILD_CREATE.
  const guild = await until(() => client.guilds.cache.find((guild) => guild.available))
  const state = await control('GET', '/state')
  assert.equal(guild.name, state.guilds[0].name)
  assert.equal(client.user.username, 'homebot')
  const members = await guild.members.fetch()
  assert.deepEqual(members.map((member) => member.user.username).sort(), ['alice', 'bob', 'carol', 'homebot'])
  assert.equal((await guild.fetchOwner()).user.username, 'alice')
  step('logs in, with guild, channels, roles and members')

  const general = guild.channels.cache.find((channel) => channel.name === 'general')
  assert.ok(general.permissionsFor(client.user).has(PermissionFlagsBits.SendMessages))
  const path = `/channels/${general.id}`
  const last = async (viewer = 'alice') => (await control('GET', `${path}/messages?limit=1&as=${viewer}`))[0]

  const heard = next(Events.MessageCreate, (message) => message.content === '!ping')
  const ping = await control('POST', `${path}/messages`, { as: 'alice', content: '!ping' })
  assert.equal((await heard).author.username, 'alice')
  const pong = await until(async () => { const message = await last(); return message.content === 'pong' && message })
  assert.equal(pong.referenced_message.id, ping.id)
  assert.equal(pong.embeds[0].title, 'Pong')
  step('receives a message and replies with an embed')

  await (await heard).react('🎉')
  const reacted = next(Events.MessageReactionAdd, (_, user) => user.id !== client.user.id)
  await control('POST', `${path}/messages/${ping.id}/reactions`, { as: 'bob', emoji: '🎉' })
  assert.equal((await reacted).emoji.name, '🎉')
  const fetched = await general.messages.fetch({ message: ping.id, force: true })
  assert.equal(fetched.reactions.cache.first().count, 2)
  assert.equal((await fetched.reactions.cache.first().users.fetch()).size, 2)
  step('reacts and sees reactions')

  const option = { name: 'who', description: 'whom', type: ApplicationCommandOptionType.User, required: true }
  const times = { name: 'times', description: 'how often', type: ApplicationCommandOptionType.Integer, min_value: 1, max_value: 3 }
  const drink = { name: 'drink', description: 'which', type: ApplicationCommandOptionType.String, autocomplete: true }
  const synced = await guild.commands.set([
    { name: 'greet', description: 'Greets somebody', options: [option, times] },
    { name: 'wish', description: 'Asks for a wish' },
    { name: 'slow', description: 'Takes its time' },
    { name: 'order', description: 'Orders a drink', options: [drink] },
  ])
  assert.equal(synced.size, 4)
  const bob = members.find((member) => member.user.username === 'bob')
  const options = [{ name: 'who', value: bob.id }, { name: 'times', value: 2 }]
  const done = await answered(await control('POST', `${path}/commands`, { as: 'alice', name: 'greet', options }))
  const greeting = await last()
  assert.equal(greeting.id, done.message_id)
  assert.equal(greeting.embeds[0].description, 'hello bob x2')
  const typing = { as: 'alice', name: 'order', options: [{ name: 'drink', value: 't' }], focused: 'drink' }
  assert.deepEqual((await answered(await control('POST', `${path}/commands`, typing))).choices, [{ name: 'Tea', value: 'tea' }])
  step('registers slash commands, answers one with options and offers choices')

  const use = `${path}/messages/${greeting.id}/components`
  await answered(await control('POST', use, { as: 'carol', custom_id: 'menu', values: ['b'] }))
  assert.equal((await last()).content, 'chose b')
  await answered(await control('POST', use, { as: 'bob', custom_id: 'press' }))
  const pressed = await general.messages.fetch({ message: greeting.id, force: true })
  assert.equal(pressed.content, 'pressed by bob')
  assert.equal(pressed.components.length, 0)
  step('serves a menu and a button that updates its message')

  const asked = await answered(await control('POST', `${path}/commands`, { as: 'carol', name: 'wish' }))
  assert.equal(asked.state, 'modal')
  const [modal] = await control('GET', '/modals?as=carol')
  assert.equal(modal.title, 'Tell me')
  await answered(await control('POST', `/modals/${modal.interaction_id}/submit`, { as: 'carol', values: { wish: 'more tea' } }))
  assert.equal((await last('carol')).content, 'wish: more tea')
  assert.notEqual((await last()).content, 'wish: more tea')
  step('opens a modal and answers its submission for one member only')

  await answered(await control('POST', `${path}/commands`, { as: 'alice', name: 'slow' }))
  const more = await until(async () => { const message = await last(); return message.attachments.length && message })
  assert.equal(more.content, 'and more')
  assert.equal(more.attachments[0].filename, 'data.txt')
  step('defers, edits the deferred answer and follows up with a file')

  const sent = await general.send({ content: 'first', allowedMentions: { parse: [] } })
  await sent.edit('second')
  assert.equal((await last()).content, 'second')
  const history = await general.messages.fetch({ limit: 2 })
  assert.deepEqual(history.map((message) => message.content), ['second', 'and more'])
  await sent.pin()
  await sent.unpin()
  await sent.delete()
  await general.bulkDelete([await general.send('a'), await general.send('b')])
  assert.equal((await last()).content, 'and more')
  step('edits, lists, pins and deletes messages, one and many')

  const joined = next(Events.GuildMemberAdd)
  await control('POST', `/guilds/${guild.id}/members`, { username: 'dora', global_name: 'Dora' })
  const dora = await joined
  assert.equal(dora.displayName, 'Dora')
  const role = await guild.roles.create({ name: 'Guest', colors: { primaryColor: 0x3498db } })
  await dora.roles.add(role)
  await dora.setNickname('Dori')
  const member = await guild.members.fetch({ user: dora.id, force: true })
  assert.equal(member.nickname, 'Dori')
  assert.ok(member.roles.cache.has(role.id))
  const side = await guild.channels.create({ name: 'side room', topic: 'aside' })
  assert.equal(side.name, 'side-room')
  await side.permissionOverwrites.edit(guild.roles.everyone, { SendMessages: false })
  await side.delete()
  step('manages members, roles and channels')

  await control('PUT', `${path}/permissions/${client.user.id}`, { deny: ['SEND_MESSAGES'] })
  await assert.rejects(general.send('forbidden'), { code: 50013, status: 403 })
  await assert.rejects(client.channels.fetch('42'), { code: 10003, status: 404 })
  await control('DELETE', `${path}/permissions/${client.user.id}`)
  await assert.rejects(general.send('x'.repeat(2001)), (error) => error.code === 50035 && /2000 or fewer/.test(error.message))
  step("is told in Discord's own codes what it may not do")

  const resumed = next(Events.ShardResume)
  await control('POST', '/gateway', { action: 'drop' })
  await resumed
  const again = next(Events.MessageCreate, (message) => message.content === 'still there?')
  await control('POST', `${path}/messages`, { as: 'alice', content: 'still there?' })
  await again
  step('resumes after its connection broke')

  const { entries } = await control('GET', '/timeline?limit=500')
  assert.deepEqual(entries.filter((entry) => entry.kind === 'unimplemented'), [])
  step('asked for nothing that is not implemented')
}

try {
  const limit = sleep(90_000, undefined, { ref: false }).then(() => Promise.reject(new Error('the script did not come to its end')))
  const failed = new Promise((_, reject) => process.on('unhandledRejection', reject))
  await client.login(process.env.SIM_TOKEN)
  await Promise.race([drive(), limit, failed])
  await client.destroy()
} catch (error) {
  console.error(`discord.js ${version}: FAILED:`, error)
  process.exit(1)
}
