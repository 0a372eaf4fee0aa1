// Application commands: registered, fetched, changed, refused.
import assert from 'node:assert/strict'
import { ApplicationCommandOptionType as Kind, ApplicationCommandType, ChannelType, PermissionFlagsBits } from 'discord.js'
import { BOB, GENERAL, GUILD } from '../sim.mjs'
import { refused } from '../bot.mjs'

const shown = (world) => world.sim.call('GET', `/guilds/${GUILD}/commands`)
const names = async (world) => (await shown(world)).map((command) => command.name)
const plain = (name) => ({ name, description: name })

export const steps = {
  async global(world) {
    const { commands } = world.client.application
    const made = await commands.create({ name: 'everywhere', description: 'Everywhere' })
    assert.deepEqual([made.name, made.guildId, made.type], ['everywhere', null, ApplicationCommandType.ChatInput])
    assert.equal((await commands.fetch(made.id, { force: true })).description, 'Everywhere')
    const changed = await made.edit({ name: 'anywhere', description: 'Anywhere' })
    assert.deepEqual([changed.id, changed.name], [made.id, 'anywhere'])
    assert.deepEqual((await commands.fetch()).map((command) => command.name), ['anywhere'])
    assert.ok((await names(world)).includes('anywhere'))
    await changed.delete()
    assert.equal((await commands.fetch()).size, 0)
    assert.ok(!(await names(world)).includes('anywhere'))
  },

  async guild(world) {
    const first = await world.guild.commands.set([plain('one'), plain('two')])
    assert.deepEqual((await names(world)).sort(), ['one', 'two'])
    const second = await world.guild.commands.set([plain('two'), plain('three')])
    // A command that stays keeps its id.
    const kept = (name) => first.find((command) => command.name === name)?.id === second.find((command) => command.name === name).id
    assert.ok(kept('two') && !kept('three'))
    assert.ok(!(await names(world)).includes('one'))
    await world.guild.commands.set([])
    assert.deepEqual(await names(world), [])
  },

  async options(world) {
    const option = (type, name, more = {}) => ({ type, name, description: `a ${name}`, required: true, ...more })
    const [made] = await world.register({
      ...plain('everything'),
      options: [
        option(Kind.String, 'text', { minLength: 2, maxLength: 10 }),
        option(Kind.Integer, 'number', { choices: [{ name: 'One', value: 1 }, { name: 'Two', value: 2 }] }),
        option(Kind.Number, 'ratio', { minValue: 0.5, maxValue: 1.5 }),
        option(Kind.Boolean, 'flag'),
        option(Kind.User, 'user'),
        option(Kind.Role, 'role'),
        option(Kind.Channel, 'channel', { channelTypes: [ChannelType.GuildText] }),
        option(Kind.Mentionable, 'mention'),
        option(Kind.Attachment, 'file', { required: false }),
      ],
    })
    const { options } = made
    assert.deepEqual(options.map((entry) => entry.type), [3, 4, 10, 5, 6, 8, 7, 9, 11])
    assert.deepEqual([options[0].minLength, options[0].maxLength, options[0].description], [2, 10, 'a text'])
    assert.deepEqual(options[1].choices.map((choice) => [choice.name, choice.value]), [['One', 1], ['Two', 2]])
    assert.deepEqual([options[2].minValue, options[2].maxValue, options[6].channelTypes], [0.5, 1.5, [ChannelType.GuildText]])
    assert.ok(options[0].required && !options[8].required)
    const there = (await shown(world)).find((command) => command.name === 'everything')
    assert.deepEqual([there.options[2].max_value, there.options[1].choices[1].value], [1.5, 2])
  },

  async subcommands(world) {
    const [made] = await world.register({
      ...plain('settings'),
      defaultMemberPermissions: PermissionFlagsBits.ManageGuild,
      options: [
        { ...plain('colours'), type: Kind.SubcommandGroup, options: [{ ...plain('set'), type: Kind.Subcommand }] },
        { ...plain('show'), type: Kind.Subcommand },
      ],
    })
    assert.ok(made.defaultMemberPermissions.equals(PermissionFlagsBits.ManageGuild))
    assert.deepEqual(made.options.map((option) => [option.name, option.type]), [['colours', 2], ['show', 1]])
    assert.deepEqual(made.options[0].options.map((option) => option.name), ['set'])
    const use = { as: 'bob', name: 'settings', options: [{ name: 'show' }] }
    assert.ok(await world.sim.refused('POST', `/channels/${GENERAL}/commands`, use))
  },

  async menus(world) {
    const [who, quote] = await world.register(
      { name: 'Who is this?', type: ApplicationCommandType.User }, { name: 'Quote', type: ApplicationCommandType.Message },
    )
    assert.deepEqual([who.type, quote.type], [ApplicationCommandType.User, ApplicationCommandType.Message])
    world.on('Who is this?', (interaction) => {
      assert.ok(interaction.isUserContextMenuCommand())
      return interaction.reply(`this is ${interaction.targetMember.user.username}`)
    })
    world.on('Quote', (interaction) => {
      assert.ok(interaction.isMessageContextMenuCommand())
      return interaction.reply(`> ${interaction.targetMessage.content}`)
    })
    const room = await world.room('menus')
    await world.sim.settled(await world.sim.run(room.id, 'carol', 'Who is this?', [], { target: BOB }))
    assert.equal((await world.sim.last(room.id)).content, 'this is bob')
    const said = await world.sim.say(room.id, 'bob', 'to be quoted')
    await world.sim.settled(await world.sim.run(room.id, 'carol', 'Quote', [], { target: said.id }))
    assert.equal((await world.sim.last(room.id)).content, '> to be quoted')
  },

  async localizations(world) {
    const nameLocalizations = { de: 'tee' }
    const descriptionLocalizations = { de: 'Reicht Tee' }
    await world.register({ name: 'tea', description: 'Serves tea', nameLocalizations, descriptionLocalizations })
    const fetched = (await world.guild.commands.fetch({ withLocalizations: true })).find((command) => command.name === 'tea')
    assert.deepEqual([fetched.nameLocalizations, fetched.descriptionLocalizations], [nameLocalizations, descriptionLocalizations])
    assert.ok((await names(world)).includes('tea'))
  },

  async permissions(world) {
    const [made] = await world.register(plain('plain'))
    await refused(world.guild.commands.permissions.fetch({ command: made.id }), 404, 10066)
    assert.ok((await names(world)).includes('plain'))
  },

  async illegal(world) {
    const before = await names(world)
    const twice = { type: Kind.String, name: 'x', description: 'x' }
    for (const [body, ...path] of [
      [{ name: 'UPPER', description: 'x' }, 'name'],
      [{ name: 'ok', description: '' }, 'description'],
      [{ name: 'ok', description: 'x', options: [twice, twice] }, 'options'],
      [{ name: 'ok', description: 'x', options: [{ ...twice, description: 'y'.repeat(101) }] }, 'options', '0', 'description'],
    ]) {
      const { rawError } = await refused(world.guild.commands.create(body), 400, 50035)
      assert.ok(path.reduce((errors, key) => errors?.[key], rawError.errors), JSON.stringify(rawError))
    }
    assert.deepEqual(await names(world), before)
  },
}
