'use strict'
/**
 * Run actions of mistral workflows in JavaScript, and start and await workflows.
 * The types and contracts are in index.d.ts, the protocol in docs/executor-protocol.md.
 */
const os = require('os')
const pg = require('pg')

const LEASE_LOST = 'MS093'
const MOMENTARY = ['08', '40', '53', '55', '57'] // classes of SQLSTATE that pass by themselves
const LONGEST_BACKOFF = 5 // seconds between attempts to connect

const registered = new Map()

function action (name, run, options = {}) {
  if (registered.has(name)) throw new TypeError(`there is an action "${name}" already`)
  if (typeof run !== 'function') throw new TypeError(`action "${name}" is not a function`)
  registered.set(name, { name, run, isSync: true, ...options })
}

class ActionError extends Error {
  constructor (value) {
    super(JSON.stringify(value))
    this.value = value
  }
}

/** Returns value as JSON; throws for what JSON cannot hold. */
function toJson (value) {
  return JSON.stringify(value, (key, v) => {
    if (typeof v === 'number' && !Number.isFinite(v)) throw new TypeError(`${v} is no number in JSON`)
    if (typeof v === 'function' || typeof v === 'symbol') throw new TypeError(`a ${typeof v} is not JSON`)
    return v
  })
}

/** Returns whether trying again may help; without a SQLSTATE the connection is lost. */
function isMomentary (e) {
  return !/^[0-9A-Z]{5}$/.test(e.code || '') || MOMENTARY.includes(e.code.slice(0, 2))
}

const now = () => performance.now() / 1000

class Call {
  constructor (row) {
    this.id = row.action_id
    this.name = row.name
    this.input = row.input || {}
    this.token = row.token
    this.row = row
    this.deadline = row.timeout_s === null ? Infinity : now() + row.timeout_s
    this.isCompleted = false
    this.controller = new AbortController()
  }

  get signal () {
    return this.controller.signal
  }

  async complete (client, result = null) {
    await client.query('SELECT mistral.complete_in_transaction($1, $2, $3::jsonb)',
      [this.id, this.token, toJson(result)])
    this.isCompleted = true
  }
}

class Executor {
  constructor (options = {}) {
    if (registered.size === 0) throw new TypeError('there are no actions to run: make some with action("name", function)')
    this.actions = registered
    this.name = `${os.hostname()}:${process.pid}`
    Object.assign(this, { target: '', concurrency: 10, lease: 60, poll: 15, listen: true, log: logToStderr }, options)
    this.name = this.name || `${os.hostname()}:${process.pid}`
    if (!this.listen) this.poll = Math.min(this.poll, 1)
    this.id = null
    this.db = null
    this.lost = null // why the connection is gone
    this.running = new Map()
    this.results = new Map() // by id, as JSON
    this.busy = 0 // calls that have not returned, abandoned ones too
    this.look = true // there may be something to claim
    this.looked = 0
    this.contact = 0 // when the lease was last extended
    this.backoff = 0.1
    this.stopAt = null
    this.wake = () => {}
  }

  async run () {
    try {
      while (!this.isFinished()) {
        try {
          await this.step()
        } catch (e) {
          await this.recover(e)
        }
      }
      if (this.db !== null) await this.db.query('SELECT mistral.unregister_executor($1)', [this.id])
    } finally {
      this.abandonAll()
      await this.disconnect()
    }
  }

  stop (grace = Infinity) {
    this.stopAt = now() + grace
    this.wake()
  }

  // ---- the loop ----

  isFinished () {
    return this.stopAt !== null &&
      (now() >= this.stopAt || (this.running.size === 0 && this.results.size === 0))
  }

  async step () {
    if (this.lost !== null) throw this.lost
    if (this.db === null) await this.connect()
    for (const call of this.running.values()) {
      if (call.deadline <= now()) this.interrupt(call, { error: `timed out after ${call.row.timeout_s} s` })
    }
    if (now() - this.contact >= this.lease / 3) await this.extendLease()
    const free = this.stopAt !== null ? 0 : Math.max(0, this.concurrency - this.busy)
    if (this.results.size > 0 || (free > 0 && (this.look || now() - this.looked >= this.poll))) {
      await this.exchange(free)
    } else {
      await this.wait(free)
    }
  }

  /** Waits for a result, a notification, or the next time at which something is due. */
  async wait (free) {
    let until = this.contact + this.lease / 3
    if (free > 0) until = Math.min(until, this.looked + this.poll)
    if (this.stopAt !== null) until = Math.min(until, this.stopAt)
    for (const call of this.running.values()) until = Math.min(until, call.deadline)
    await this.sleep(until - now())
  }

  async sleep (seconds) {
    let timer
    await new Promise(resolve => {
      this.wake = resolve
      timer = setTimeout(resolve, Math.max(0, seconds * 1000))
    })
    clearTimeout(timer)
    this.wake = () => {}
  }

  // ---- the connection ----

  async connect () {
    const db = new pg.Client(this.connection)
    db.on('error', e => {
      if (this.db === db) this.lost = e
      this.wake()
    })
    db.on('notification', () => {
      this.look = true
      this.wake()
    })
    this.db = db
    await db.connect()
    if (this.id === null) {
      this.id = await this.value(
        'SELECT mistral.register_executor($1, $2, lease => make_interval(secs => $3), announces => $4::jsonb)',
        [this.name, this.target, this.lease, this.announcements()])
    } else {
      await this.extendLease()
      await this.takeUnheard()
    }
    if (this.listen) {
      for (const channel of await this.value('SELECT mistral.executor_channels($1)', [this.id])) {
        await db.query(`LISTEN ${db.escapeIdentifier(channel)}`)
      }
    }
    this.contact = now()
    this.look = true
    this.backoff = 0.1
    this.log('info', `executor ${this.id} takes ${[...this.actions.keys()].join(', ')}`)
  }

  /** Returns what register_executor() is told of the actions. */
  announcements () {
    return toJson([...this.actions.values()].map(({ name, description, input, isSync, tags }) =>
      ({ name, description, input, is_sync: isSync, tags })))
  }

  async value (text, args) {
    return Object.values((await this.db.query(text, args)).rows[0])[0]
  }

  /** Starts what the lost answer to a claim has handed out. */
  async takeUnheard () {
    const { rows } = await this.db.query('SELECT to_jsonb(a) AS a FROM mistral.claimed_actions($1) a', [this.id])
    for (const { a } of rows) {
      if (a.refusal === null && !this.running.has(a.action_id) && !this.results.has(a.action_id)) this.start(a)
    }
  }

  async disconnect () {
    const db = this.db
    this.db = null
    this.lost = null
    if (db !== null) await db.end().catch(() => {})
  }

  async recover (e) {
    await this.disconnect()
    if (e.code === LEASE_LOST) {
      this.log('warning', `the lease has ended; what ran is given up: ${e.message}`)
      this.abandonAll()
      this.id = null
      return
    }
    if (!isMomentary(e)) throw e
    this.log('warning', `trying again in ${this.backoff} s: ${e.message}`)
    await this.sleep(this.backoff)
    this.backoff = Math.min(2 * this.backoff, LONGEST_BACKOFF)
  }

  async extendLease () {
    const { rows } = await this.db.query('SELECT * FROM mistral.extend_leases($1)', [this.id])
    this.contact = now()
    for (const id of rows[0].cancelled) this.giveUp(id)
  }

  // ---- exchanges ----

  async exchange (free) {
    const batch = new Map(this.results)
    try {
      await this.send(batch, free)
    } catch (e) {
      if (batch.size === 0 || isMomentary(e) || e.code === LEASE_LOST) throw e
      await this.reportSingly(batch)
    }
  }

  async send (batch, free) {
    this.look = false // what is notified from here on is looked at again
    const { rows } = await this.db.query(
      'SELECT to_jsonb(a) AS a FROM mistral.exchange_actions($1, $2::jsonb, $3) a',
      [this.id, `[${[...batch.values()].join(',')}]`, free])
    this.contact = now()
    for (const id of batch.keys()) this.results.delete(id)
    let work = 0
    for (const { a } of rows) {
      if (a.refusal === null) {
        this.start(a)
        work++
      } else if (a.refusal === 'cancelled' || this.running.has(a.action_id)) {
        this.giveUp(a.action_id)
      } else if (a.refusal !== 'completed') {
        this.log('info', `result of ${a.action_id} was not taken: ${a.refusal}`)
      }
    }
    this.look = this.look || work >= free
    if (free > 0) this.looked = this.contact
  }

  /** One of the results cannot be stored: it becomes a failure, the others go on. */
  async reportSingly (batch) {
    for (const [id, text] of batch) {
      try {
        await this.send(new Map([[id, text]]), 0)
      } catch (e) {
        if (isMomentary(e) || e.code === LEASE_LOST) throw e
        const error = `the result cannot be stored: ${e.message}`
        await this.send(new Map([[id, toJson({ id, error })]]), 0)
      }
    }
  }

  // ---- calls ----

  start (row) {
    const call = new Call(row)
    const found = this.actions.get(call.name)
    this.running.set(call.id, call)
    if (row.is_redelivered && !row.safe_rerun) {
      this.end(call, { error: 'its executor was lost, and it is not safe to be run again' })
    } else if (found === undefined) {
      this.end(call, { error: `executor "${this.name}" has no action "${call.name}"` })
    } else {
      this.perform(call, found)
    }
  }

  async perform (call, found) {
    this.busy++
    try {
      const value = await found.run(call.input, call)
      // a completion that is committed has the error refused
      if (call.isCompleted) this.end(call, { error: 'the transaction that completed it was not committed' })
      else if (found.isSync) this.end(call, { data: value === undefined ? null : value })
      else this.end(call, { state: 'RUNNING' })
    } catch (e) {
      if (call.signal.aborted) this.end(call, { cancel: true })
      else if (e instanceof ActionError) this.end(call, { error: e.value, state: 'ERROR' })
      else this.end(call, { error: String(e) })
    } finally {
      this.busy--
      this.wake()
    }
  }

  /** Queues the report of a call, unless it has ended before. */
  end (call, report) {
    if (this.running.get(call.id) !== call) return
    let text
    try {
      text = toJson({ id: call.id, ...report })
    } catch (e) {
      text = toJson({ id: call.id, error: `the result of "${call.name}" is not JSON: ${e.message}` })
    }
    this.running.delete(call.id)
    this.results.set(call.id, text)
    this.log('debug', `action ${call.name} ${call.id} ended`)
    this.wake()
  }

  /** Ends a call from outside; the function learns of it by its signal. */
  interrupt (call, report) {
    this.end(call, report)
    call.controller.abort()
  }

  giveUp (id) {
    const call = this.running.get(id)
    if (call !== undefined) {
      this.log('info', `action ${call.name} ${call.id} is cancelled`)
      this.interrupt(call, { cancel: true })
    } else if (!this.results.has(id)) {
      this.results.set(id, toJson({ id, cancel: true }))
    }
  }

  abandonAll () {
    for (const call of [...this.running.values()]) this.interrupt(call, { cancel: true })
    this.results.clear()
  }
}

function logToStderr (level, message) {
  if (level !== 'debug') console.error(`${new Date().toISOString()} ${level} ${message}`)
}

async function run (options) {
  const executor = new Executor(options)
  const onSignal = () => executor.stop(executor.stopAt === null ? Infinity : 0)
  for (const name of ['SIGTERM', 'SIGINT']) process.on(name, onSignal)
  await executor.run()
  for (const name of ['SIGTERM', 'SIGINT']) process.off(name, onSignal)
  if (executor.busy > 0) process.exit(1) // calls that do not look at their signal would hold up the exit
}

class WorkflowError extends Error {
  constructor (execution) {
    super(`${execution.id} is ${execution.state}: ${execution.stateInfo}`)
    this.execution = execution
  }
}

class Client {
  constructor (connection) {
    const isClient = connection !== undefined && typeof connection.query === 'function'
    this.db = isClient ? connection : new pg.Client(connection)
    this.connected = isClient ? Promise.resolve() : null
  }

  async query (text, args) {
    if (this.connected === null) this.connected = this.db.connect()
    await this.connected
    return (await this.db.query(text, args)).rows[0]
  }

  async start (workflow, input = {}, params = {}) {
    const names = Object.keys(params).filter(name => /^[a-z_]+$/.test(name))
    const more = names.map((name, i) => `, ${name} => $${i + 3}`).join('')
    const row = await this.query(`SELECT mistral.start_workflow($1, $2::jsonb${more}) AS id`,
      [workflow, toJson(input), ...names.map(name => params[name])])
    return row.id
  }

  async wait (id, timeout = 60) {
    const { e } = await this.query('SELECT mistral.wait_execution($1, make_interval(secs => $2)) AS e', [id, timeout])
    const execution = { id, state: e.state, stateInfo: e.state_info, output: e.output }
    if (e.state !== 'SUCCESS') throw new WorkflowError(execution)
    return execution
  }

  async run (workflow, input, timeout, params) {
    return (await this.wait(await this.start(workflow, input, params), timeout)).output
  }

  async complete (actionId, result = null, state = 'SUCCESS') {
    await this.query('SELECT mistral.complete_action($1, $2, $3::jsonb)', [actionId, state, toJson(result)])
  }

  async signal (id, name, data = null, key = null) {
    const row = await this.query('SELECT mistral.signal($1, $2, $3::jsonb, $4) AS sent', [id, name, toJson(data), key])
    return row.sent
  }

  async close () {
    if (this.connected !== null) await this.db.end()
  }
}

module.exports = { action, run, Executor, ActionError, Client, WorkflowError }
