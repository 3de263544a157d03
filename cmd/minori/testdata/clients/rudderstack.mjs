// RudderStack's client for Node. It compresses by itself.
import RudderAnalytics from '@rudderstack/rudder-sdk-node'

const [url, writeKey, count] = process.argv.slice(2)
const told = { statuses: [], errors: [] }
const client = new RudderAnalytics(writeKey, { dataPlaneUrl: url, flushAt: 20, flushInterval: 200, logLevel: 'none', errorHandler: () => {} })
client.axiosInstance.interceptors.response.use((r) => (told.statuses.push(r.status), r))
const sent = []
const send = (kind, message) => sent.push(new Promise((done) => client[kind](message, (e) => (e && told.errors.push(String(e.message ?? e)), done()))))

send('group', { userId: 'rudder-user', groupId: 'rudder-account', traits: { name: 'Rudder & Co' } })
send('identify', { userId: 'rudder-user', traits: { email: 'user@rudder.example' } })
send('alias', { userId: 'rudder-user', previousId: 'rudder-old' })
for (let i = 0; i < Number(count); i++) {
  send('track', { userId: 'rudder-user', event: 'rudder_event', properties: { number: i }, context: { groupId: 'rudder-account' } })
}
send('track', { userId: 42, event: 'rudder_event', context: { groupId: 'rudder-account' } })
send('page', { userId: 'rudder-user', name: 'Home', properties: { url: 'https://app.example.com/' } })
send('screen', { userId: 'rudder-user', name: 'Main' })
await client.flush()
await Promise.all(sent)
console.log(JSON.stringify(told))
process.exit(0)
