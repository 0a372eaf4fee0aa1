// Components: buttons, menus, layouts; sent, used by members, updated.
import assert from 'node:assert/strict'
import {
  ActionRowBuilder, ButtonBuilder, ButtonStyle, ChannelSelectMenuBuilder, ChannelType, ContainerBuilder, GuildMember,
  MentionableSelectMenuBuilder, MessageFlags, Role, RoleSelectMenuBuilder, SectionBuilder, SeparatorBuilder,
  StringSelectMenuBuilder, TextChannel, TextDisplayBuilder, UserSelectMenuBuilder,
} from 'discord.js'
import { BOB, GENERAL, GUIDE } from '../sim.mjs'

const row = (...components) => new ActionRowBuilder().addComponents(...components)
const button = (customId, disabled = false) =>
  row(new ButtonBuilder().setCustomId(customId).setLabel('Go').setStyle(ButtonStyle.Primary).setDisabled(disabled))

export const steps = {
  async buttons(world) {
    const room = await world.room('buttons')
    const styles = ['Primary', 'Secondary', 'Success', 'Danger'].map((name) =>
      new ButtonBuilder().setStyle(ButtonStyle[name]).setLabel(name).setCustomId(name.toLowerCase()).setEmoji('🎉'))
    const link = new ButtonBuilder().setStyle(ButtonStyle.Link).setLabel('link').setURL('https://example.com/')
    const sent = await room.send({ content: 'press', components: [row(...styles, link), button('below', true)] })
    const { components: [first, second] } = await room.messages.fetch({ message: sent.id, force: true })
    assert.deepEqual(first.components.map((component) => component.style), [1, 2, 3, 4, 5])
    assert.equal(first.components[4].url, 'https://example.com/')
    assert.ok(second.components[0].disabled)
    const there = (await world.sim.message(room.id, sent.id)).components[0].components
    assert.deepEqual([there[0].emoji.name, there[3].custom_id], ['🎉', 'danger'])
  },

  async press(world) {
    const room = await world.room('press')
    const sent = await room.send({ content: 'press', components: [button('go')] })
    world.on('go', async (interaction) => {
      assert.ok(interaction.isButton() && interaction.member instanceof GuildMember)
      assert.deepEqual([interaction.message.id, interaction.channelId], [sent.id, room.id])
      await interaction.update({ content: `pressed by ${interaction.user.username}`, components: [] })
    })
    await world.sim.settled(await world.sim.use(room.id, sent.id, 'bob', 'go'))
    const there = await world.sim.message(room.id, sent.id)
    assert.equal(there.content, 'pressed by bob')
    assert.deepEqual(there.components, [])
  },

  async 'string-select'(world) {
    const room = await world.room('string-select')
    const options = [...'abc'].map((value) => ({ label: value.toUpperCase(), value, description: `the ${value}`, emoji: '🎉' }))
    const menu = new StringSelectMenuBuilder().setCustomId('letters').setPlaceholder('letters').setMaxValues(2).addOptions(options)
    const sent = await room.send({ content: 'choose', components: [row(menu)] })
    const [component] = sent.components[0].components
    assert.deepEqual([component.placeholder, component.maxValues, component.options[2].label], ['letters', 2, 'C'])
    world.on('letters', async (interaction) => {
      assert.ok(interaction.isStringSelectMenu())
      await interaction.reply(interaction.values.join('+'))
    })
    await world.sim.settled(await world.sim.use(room.id, sent.id, 'carol', 'letters', ['a', 'c']))
    assert.equal((await world.sim.last(room.id)).content, 'a+c')
    const path = `/channels/${room.id}/messages/${sent.id}/components`
    assert.ok(await world.sim.refused('POST', path, { as: 'carol', custom_id: 'letters', values: ['a', 'b', 'c'] }))
  },

  async 'entity-selects'(world) {
    const room = await world.room('entity-selects')
    const sent = await room.send({
      content: 'choose',
      components: [
        row(new UserSelectMenuBuilder().setCustomId('user').setMaxValues(2)),
        row(new RoleSelectMenuBuilder().setCustomId('role')),
        row(new MentionableSelectMenuBuilder().setCustomId('mentionable').setMaxValues(2)),
        row(new ChannelSelectMenuBuilder().setCustomId('channel').setChannelTypes(ChannelType.GuildText)),
      ],
    })
    const got = {}
    const chosen = { user: [BOB], role: [GUIDE], mentionable: [BOB, GUIDE], channel: [GENERAL] }
    for (const [customId, values] of Object.entries(chosen)) {
      world.on(customId, async (interaction) => {
        got[customId] = interaction
        await interaction.update({ content: 'chosen' })
      })
      await world.sim.settled(await world.sim.use(room.id, sent.id, 'carol', customId, values))
      assert.deepEqual(got[customId].values, values)
    }
    assert.ok(got.user.members.get(BOB) instanceof GuildMember && got.user.users.get(BOB).username === 'bob')
    assert.ok(got.role.roles.get(GUIDE) instanceof Role)
    assert.ok(got.mentionable.roles.has(GUIDE) && got.mentionable.members.has(BOB))
    assert.ok(got.channel.channels.get(GENERAL) instanceof TextChannel)
  },

  async disable(world) {
    const room = await world.room('disable')
    const sent = await room.send({ content: 'once', components: [button('once')] })
    world.on('once', (interaction) => interaction.update({ components: [button('once', true)] }))
    await world.sim.settled(await world.sim.use(room.id, sent.id, 'bob', 'once'))
    assert.ok((await world.sim.message(room.id, sent.id)).components[0].components[0].disabled)
    const why = await world.sim.refused('POST', `/channels/${room.id}/messages/${sent.id}/components`, { as: 'bob', custom_id: 'once' })
    assert.match(why, /disabled/)
  },

  async layout(world) {
    const room = await world.room('layout')
    const text = (content) => new TextDisplayBuilder().setContent(content)
    const section = new SectionBuilder().addTextDisplayComponents(text('# Heading'))
      .setButtonAccessory(new ButtonBuilder().setCustomId('go-layout').setLabel('Go').setStyle(ButtonStyle.Primary))
    const container = new ContainerBuilder().setAccentColor(0x123456).addSectionComponents(section)
      .addSeparatorComponents(new SeparatorBuilder()).addTextDisplayComponents(text('below'))
    const sent = await room.send({ components: [container], flags: MessageFlags.IsComponentsV2 })
    assert.ok(sent.flags.has(MessageFlags.IsComponentsV2))
    const { components: [back] } = await room.messages.fetch({ message: sent.id, force: true })
    assert.equal(back.accentColor, 0x123456)
    assert.equal(back.components[0].components[0].content, '# Heading')
    const there = (await world.sim.message(room.id, sent.id)).components[0]
    assert.deepEqual(there.components.map((part) => part.type), [9, 14, 10])
  },
}
