// Interactions: every way to answer, and the two clocks.
import assert from 'node:assert/strict'
import {
  ActionRowBuilder, ApplicationCommandOptionType as Kind, AttachmentBuilder, ButtonBuilder, ButtonStyle, Events, GuildMember,
  MessageFlags, MessageType, ModalBuilder, Role, TextChannel, TextInputBuilder, TextInputStyle,
} from 'discord.js'
import { BOB, GENERAL, GUIDE, until } from '../sim.mjs'
import { refused } from '../bot.mjs'

const plain = (name) => ({ name, description: name })
const option = (type, name, more = {}) => ({ type, name, description: name, required: true, ...more })
const contents = async (world, room, viewer) => (await world.sim.messages(room.id, viewer)).map((message) => message.content)

/** Opens a room, registers a command, and lets a member run it. */
async function ask(world, name, who, answer) {
  await world.register(plain(name))
  world.on(name, answer)
  const room = await world.room(name)
  return { room, interaction: await world.sim.run(room.id, who, name) }
}

export const steps = {
  async reply(world) {
    const heard = world.next(Events.MessageUpdate, (_, after) => after.content === 'hello bob')
    const { room, interaction } = await ask(world, 'hello', 'bob', async (command) => {
      assert.ok(command.isChatInputCommand() && command.guild === world.guild)
      assert.ok(command.memberPermissions.has('SendMessages') && command.appPermissions.has('ManageRoles'))
      const { resource } = await command.reply({ content: 'hello', embeds: [{ title: 'Greeting' }], withResponse: true })
      const original = await command.fetchReply()
      assert.equal(original.id, resource.message.id)
      assert.equal(original.embeds[0].title, 'Greeting')
      await command.editReply(`hello ${original.interactionMetadata.user.username}`)
    })
    const done = await world.sim.settled(interaction)
    assert.equal((await heard)[1].type, MessageType.ChatInputCommand)
    const there = await world.sim.last(room.id)
    assert.deepEqual([there.id, there.content, there.interaction_metadata.user.id], [done.message_id, 'hello bob', BOB])
  },

  async options(world) {
    let got
    await world.register({
      ...plain('take'),
      options: [
        option(Kind.String, 'text'), option(Kind.Integer, 'number'), option(Kind.Number, 'ratio'), option(Kind.Boolean, 'flag'),
        option(Kind.User, 'member'), option(Kind.Role, 'role'), option(Kind.Channel, 'channel'), option(Kind.Mentionable, 'mention'),
      ],
    })
    world.on('take', async (command) => {
      got = command.options
      await command.reply('taken')
    })
    const given = { text: 'words', number: 7, ratio: 0.25, flag: true, member: BOB, role: GUIDE, channel: GENERAL, mention: BOB }
    const listed = Object.entries(given).map(([name, value]) => ({ name, value }))
    await world.sim.settled(await world.sim.run(GENERAL, 'alice', 'take', listed))
    assert.deepEqual([got.getString('text'), got.getInteger('number'), got.getNumber('ratio'), got.getBoolean('flag')], ['words', 7, 0.25, true])
    assert.ok(got.getMember('member') instanceof GuildMember && got.getUser('member').username === 'bob')
    assert.ok(got.getRole('role') instanceof Role && got.getRole('role').name === 'Guide')
    assert.ok(got.getChannel('channel') instanceof TextChannel && got.getMentionable('mention') instanceof GuildMember)
  },

  async subcommand(world) {
    const buy = { ...plain('buy'), type: Kind.Subcommand, options: [option(Kind.Integer, 'cups')] }
    await world.register({ ...plain('shop'), options: [{ ...plain('tea'), type: Kind.SubcommandGroup, options: [buy] }] })
    world.on('shop', (command) => {
      const { options } = command
      return command.reply(`${options.getSubcommandGroup()} ${options.getSubcommand()}: ${options.getInteger('cups')}`)
    })
    const nested = [{ name: 'tea', options: [{ name: 'buy', options: [{ name: 'cups', value: 3 }] }] }]
    await world.sim.settled(await world.sim.run(GENERAL, 'bob', 'shop', nested))
    assert.equal((await world.sim.last(GENERAL)).content, 'tea buy: 3')
  },

  async defer(world) {
    const { room } = await ask(world, 'slow', 'alice', async (command) => {
      await command.deferReply()
      assert.ok((await command.fetchReply()).flags.has(MessageFlags.Loading))
      await world.sim.advance(60)
      await command.editReply({ content: 'done', files: [new AttachmentBuilder(Buffer.from('data'), { name: 'data.txt' })] })
    })
    const there = await until(async () => (await world.sim.messages(room.id)).find((message) => message.content === 'done'))
    assert.equal(there.attachments[0].filename, 'data.txt')
    assert.ok(!(there.flags & MessageFlags.Loading))
  },

  async followup(world) {
    const { room } = await ask(world, 'more', 'alice', async (command) => {
      await command.reply('first')
      const second = await command.followUp({ content: 'second', embeds: [{ title: 'more' }] })
      const third = await command.followUp('third')
      assert.equal((await command.fetchReply(second.id)).embeds[0].title, 'more')
      await command.editReply({ message: second, content: 'second, edited' })
      await command.deleteReply(third)
      await command.followUp('last')
    })
    await until(async () => (await contents(world, room)).includes('last'))
    assert.deepEqual(await contents(world, room), ['first', 'second, edited', 'last'])
  },

  async ephemeral(world) {
    const flags = MessageFlags.Ephemeral
    const { room } = await ask(world, 'secret', 'bob', async (command) => {
      await command.reply({ content: 'for you', flags })
      assert.ok((await command.fetchReply()).flags.has(flags))
      await command.followUp({ content: 'and this', flags })
    })
    await until(async () => (await contents(world, room, 'bob')).length === 2)
    assert.deepEqual(await contents(world, room, 'bob'), ['for you', 'and this'])
    assert.deepEqual(await contents(world, room, 'carol'), [])
    assert.equal((await room.messages.fetch()).size, 0)
  },

  async autocomplete(world) {
    await world.register({
      ...plain('order'), options: [option(Kind.String, 'drink', { autocomplete: true }), option(Kind.Integer, 'cups', { required: false })],
    })
    world.on('order?', (typing) => {
      const current = typing.options.getFocused()
      return typing.respond(['ea', 'onic'].map((value) => ({ name: `${current}${value}`, value })))
    })
    world.on('order', (command) => command.reply(`${command.options.getInteger('cups') ?? 1} ${command.options.getString('drink')}`))
    const typed = await world.sim.run(GENERAL, 'bob', 'order', [{ name: 'drink', value: 't' }], { focused: 'drink' })
    const { choices } = await world.sim.settled(typed)
    assert.deepEqual(choices.map((choice) => [choice.name, choice.value]), [['tea', 'ea'], ['tonic', 'onic']])
    await world.sim.settled(await world.sim.run(GENERAL, 'bob', 'order', [{ name: 'drink', value: 'ea' }]))
    assert.equal((await world.sim.last(GENERAL)).content, '1 ea')
  },

  async modal(world) {
    const input = (customId, label, style) => new TextInputBuilder().setCustomId(customId).setLabel(label).setStyle(style)
    const row = (component) => new ActionRowBuilder().addComponents(component)
    const { room, interaction } = await ask(world, 'wish', 'carol', (command) => command.showModal(
      new ModalBuilder().setCustomId('form').setTitle('Tell me').addComponents(
        row(input('what', 'Your wish', TextInputStyle.Short).setMinLength(3).setMaxLength(20)),
        row(input('why', 'Why', TextInputStyle.Paragraph).setRequired(false)),
      ),
    ))
    world.on('form', (submit) => {
      assert.ok(submit.isModalSubmit())
      const [what, why] = ['what', 'why'].map((name) => submit.fields.getTextInputValue(name))
      return submit.reply(`${submit.user.username} wants ${what}: ${why || 'no reason'}`)
    })
    await world.sim.settled(interaction, 'modal')
    const [shown] = await world.sim.call('GET', '/modals?as=carol')
    assert.equal(shown.title, 'Tell me')
    assert.equal(shown.components.length, 2)
    const path = `/modals/${shown.interaction_id}/submit`
    assert.ok(await world.sim.refused('POST', path, { as: 'carol', values: { what: 'no' } }))
    await world.sim.settled(await world.sim.call('POST', path, { as: 'carol', values: { what: 'more tea' } }))
    assert.equal((await world.sim.last(room.id)).content, 'carol wants more tea: no reason')
  },

  async 'defer-update'(world) {
    const room = await world.room('defer-update')
    const button = new ButtonBuilder().setCustomId('later').setLabel('Go').setStyle(ButtonStyle.Primary)
    const sent = await room.send({ content: 'before', components: [new ActionRowBuilder().addComponents(button)] })
    world.on('later', async (press) => {
      await press.deferUpdate()
      await press.editReply({ content: 'after', components: [] })
      await press.followUp({ content: 'psst', flags: MessageFlags.Ephemeral })
    })
    await world.sim.use(room.id, sent.id, 'bob', 'later')
    await until(async () => (await contents(world, room, 'bob')).includes('psst'))
    const there = await world.sim.message(room.id, sent.id)
    assert.deepEqual([there.content, there.components], ['after', []])
  },

  async delete(world) {
    const gone = world.next(Events.MessageDelete, (message) => message.channel.name === 'shy')
    const { room, interaction } = await ask(world, 'shy', 'bob', async (command) => {
      await command.reply('gone soon')
      await command.deleteReply()
    })
    await world.sim.settled(interaction)
    await gone
    assert.deepEqual(await contents(world, room), [])
  },

  async twice(world) {
    let caught
    const { room } = await ask(world, 'again', 'bob', async (command) => {
      await command.reply('once')
      // The library would not send a second answer by itself.
      command.replied = false
      await command.reply('twice').catch((error) => { caught = error })
    })
    await until(() => caught)
    assert.equal(caught.code, 40060)
    assert.deepEqual(await contents(world, room), ['once'])
  },

  async late(world) {
    let caught
    const { room, interaction } = await ask(world, 'sleepy', 'bob', async (command) => {
      await world.sim.advance(3.1)
      await command.reply('too late').catch((error) => { caught = error })
    })
    assert.ok((await world.sim.settled(interaction, 'failed')).error)
    await until(() => caught)
    assert.deepEqual([caught.status, caught.code], [404, 10062])
    assert.deepEqual(await contents(world, room), [])
  },

  async expired(world) {
    let answered
    const { room } = await ask(world, 'old', 'bob', async (command) => {
      await command.reply('in time')
      answered = command
    })
    await until(() => answered)
    await world.sim.advance(15 * 60 + 1)
    await refused(answered.followUp('too late'), 401, 50027)
    assert.deepEqual(await contents(world, room), ['in time'])
  },
}
