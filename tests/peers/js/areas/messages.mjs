// Messages: text, embeds, files, history, pins.
import assert from 'node:assert/strict'
import { AttachmentBuilder, ChannelType, EmbedBuilder, Events, MessageFlags, MessageType } from 'discord.js'
import { ALICE, BOB, NEWS, until } from '../sim.mjs'

export const steps = {
  async send(world) {
    const room = await world.room('send')
    const content = `hello <@${ALICE}> and <@${BOB}> @everyone`
    const sent = await room.send({ content, allowedMentions: { users: [ALICE] } })
    assert.equal(sent.author.id, world.client.user.id)
    assert.ok(!sent.mentions.everyone && sent.url.endsWith(sent.id))
    const there = await world.sim.message(room.id, sent.id)
    assert.equal(there.content, content)
    assert.equal(there.mention_everyone, false)
    assert.deepEqual(there.mentions.map((user) => user.id), [ALICE])
  },

  async reply(world) {
    const room = await world.room('reply')
    const heard = world.next(Events.MessageCreate, (message) => message.content === 'question')
    const asked = await world.sim.say(room.id, 'bob', 'question')
    const answer = await (await heard)[0].reply({ content: 'answer', allowedMentions: { repliedUser: false } })
    assert.equal(answer.type, MessageType.Reply)
    assert.equal(answer.reference.messageId, asked.id)
    const there = await world.sim.last(room.id)
    assert.equal(there.referenced_message.id, asked.id)
    assert.equal(there.type, 19)
    assert.equal((await answer.fetchReference()).content, 'question')
  },

  async hear(world) {
    const room = await world.room('hear')
    const created = world.next(Events.MessageCreate, (message) => message.channelId === room.id)
    const said = await world.sim.say(room.id, 'bob', 'one')
    const [message] = await created
    assert.equal(message.member.id, BOB)
    assert.equal(message.guild, world.guild)
    const edited = world.next(Events.MessageUpdate, (_, after) => after.id === said.id)
    await world.sim.call('PATCH', `/channels/${room.id}/messages/${said.id}`, { as: 'bob', content: 'two' })
    const [before, after] = await edited
    assert.deepEqual([before.content, after.content], ['one', 'two'])
    assert.ok(after.editedAt)
    const deleted = world.next(Events.MessageDelete, (gone) => gone.id === said.id)
    await world.sim.call('DELETE', `/channels/${room.id}/messages/${said.id}`, { as: 'bob' })
    assert.equal((await deleted)[0].content, 'two')
    assert.deepEqual(await world.sim.messages(room.id), [])
  },

  async embed(world) {
    const room = await world.room('embed')
    const when = new Date('2024-05-06T07:08:09Z')
    const whole = new EmbedBuilder().setTitle('Title').setURL('https://example.com/').setDescription('*text*')
      .setColor(0x123456).setTimestamp(when).setImage('https://example.com/image.png').setThumbnail('https://example.com/thumb.png')
      .setAuthor({ name: 'Author', url: 'https://example.com/author', iconURL: 'https://example.com/author.png' })
      .setFooter({ text: 'Footer', iconURL: 'https://example.com/footer.png' })
      .addFields({ name: 'a', value: '1', inline: true }, { name: 'b', value: '2', inline: false })
    const sent = await room.send({ embeds: [whole, new EmbedBuilder().setDescription('second')] })
    const { embeds: [first, second] } = await room.messages.fetch({ message: sent.id, force: true })
    assert.equal(second.description, 'second')
    assert.deepEqual([first.title, first.url, first.description, first.color], ['Title', 'https://example.com/', '*text*', 0x123456])
    assert.equal(new Date(first.timestamp).getTime(), when.getTime())
    assert.deepEqual([first.author.name, first.footer.text], ['Author', 'Footer'])
    assert.deepEqual([first.image.url, first.thumbnail.url], ['https://example.com/image.png', 'https://example.com/thumb.png'])
    assert.deepEqual(first.fields, [{ name: 'a', value: '1', inline: true }, { name: 'b', value: '2', inline: false }])
    const there = (await world.sim.message(room.id, sent.id)).embeds[0]
    assert.deepEqual([there.type, there.color, there.author.icon_url], ['rich', 0x123456, 'https://example.com/author.png'])
  },

  async edit(world) {
    const room = await world.room('edit')
    const sent = await room.send({ content: 'first', embeds: [new EmbedBuilder().setTitle('gone soon')] })
    const heard = world.next(Events.MessageUpdate, (_, after) => after.id === sent.id)
    const changed = await sent.edit({ content: 'second', embeds: [] })
    assert.equal(changed.content, 'second')
    assert.ok(changed.embeds.length === 0 && changed.editedTimestamp)
    assert.equal((await heard)[1].content, 'second')
    const there = await world.sim.message(room.id, sent.id)
    assert.equal(there.content, 'second')
    assert.ok(there.embeds.length === 0 && there.edited_timestamp)
  },

  async files(world) {
    const room = await world.room('files')
    const one = new AttachmentBuilder(Buffer.from('one'), { name: 'one.txt', description: 'The first' })
    const two = new AttachmentBuilder(Buffer.from('two!'), { name: 'two.txt' }).setSpoiler()
    const sent = await room.send({ files: [one, two] })
    const [first, second] = sent.attachments.values()
    assert.deepEqual([first.name, first.size, first.description], ['one.txt', 3, 'The first'])
    assert.ok(second.name === 'SPOILER_two.txt' && second.spoiler)
    assert.equal(await (await fetch(first.url)).text(), 'one')
    const three = new AttachmentBuilder(Buffer.from('three'), { name: 'three.txt' })
    const changed = await sent.edit({ attachments: [second], files: [three] })
    assert.deepEqual(changed.attachments.map((file) => file.name), ['SPOILER_two.txt', 'three.txt'])
    const there = await world.sim.message(room.id, sent.id)
    assert.deepEqual(there.attachments.map((file) => file.filename), ['SPOILER_two.txt', 'three.txt'])
  },

  async delete(world) {
    const room = await world.room('delete')
    const sent = []
    for (let number = 0; number < 4; number += 1) sent.push(await room.send(String(number)))
    const gone = world.next(Events.MessageDelete, (message) => message.id === sent[0].id)
    await sent[0].delete()
    assert.equal((await gone)[0].channelId, room.id)
    const bulk = world.next(Events.MessageBulkDelete, (_, channel) => channel.id === room.id)
    await room.bulkDelete(sent.slice(1, 3))
    assert.deepEqual([...(await bulk)[0].keys()].sort(), [sent[1].id, sent[2].id])
    assert.deepEqual((await world.sim.messages(room.id)).map((message) => message.content), ['3'])
  },

  async history(world) {
    const room = await world.room('history')
    const ids = await world.sim.chat(room.id, 'bob', 120)
    const newest = await room.messages.fetch({ limit: 100 })
    assert.deepEqual([...newest.keys()], ids.slice(20).reverse())
    const rest = await room.messages.fetch({ limit: 100, before: newest.lastKey() })
    assert.deepEqual([...rest.keys()], ids.slice(0, 20).reverse())
    const after = await room.messages.fetch({ limit: 5, after: ids[50] })
    assert.deepEqual([...after.keys()].sort(), ids.slice(51, 56))
    const around = await room.messages.fetch({ limit: 5, around: ids[50] })
    assert.deepEqual([...around.keys()].sort(), ids.slice(48, 53))
  },

  async pins(world) {
    const room = await world.room('pins')
    const sent = await room.send('keep me')
    const changed = world.next(Events.ChannelPinsUpdate, (channel) => channel.id === room.id)
    await sent.pin('worth it')
    assert.ok((await changed)[1])
    const { items } = await room.messages.fetchPins()
    assert.deepEqual(items.map((item) => item.message.id), [sent.id])
    assert.ok(items[0].message.pinned && items[0].pinnedTimestamp)
    assert.ok((await world.sim.message(room.id, sent.id)).pinned)
    const notice = await world.sim.last(room.id)
    assert.equal(notice.type, MessageType.ChannelPinnedMessage)
    assert.equal(notice.message_reference.message_id, sent.id)
    await sent.unpin()
    assert.equal((await room.messages.fetchPins()).items.length, 0)
    assert.ok(!(await world.sim.message(room.id, sent.id)).pinned)
  },

  async flags(world) {
    const room = await world.room('flags')
    const sent = await room.send({ content: 'quiet', embeds: [{ title: 'shown' }], flags: MessageFlags.SuppressNotifications })
    assert.ok(sent.flags.has(MessageFlags.SuppressNotifications) && !sent.flags.has(MessageFlags.SuppressEmbeds))
    const hidden = await sent.suppressEmbeds()
    assert.ok(hidden.flags.has(MessageFlags.SuppressEmbeds))
    assert.ok((await world.sim.message(room.id, sent.id)).flags & 4)
  },

  async crosspost(world) {
    const news = world.cached(NEWS)
    assert.equal(news.type, ChannelType.GuildAnnouncement)
    const sent = await news.send('extra!')
    const published = await sent.crosspost()
    // What comes back is the cached message, and that is changed by the event.
    await until(() => published.flags.has(MessageFlags.Crossposted))
    assert.ok((await world.sim.message(NEWS, sent.id)).flags & 1)
  },

  async typing(world) {
    const room = await world.room('typing')
    await room.sendTyping()
    await until(async () => (await world.sim.timeline()).some((entry) => entry.kind === 'typing_start' && entry.channel_id === room.id))
    const heard = world.next(Events.TypingStart, (typing) => typing.user.id === BOB)
    await world.sim.call('POST', `/channels/${room.id}/typing`, { as: 'bob' })
    const [typing] = await heard
    assert.equal(typing.member.id, BOB)
    assert.equal(typing.channel.id, room.id)
  },
}
