/** Run actions of mistral workflows in JavaScript, and start and await workflows. */
import { ClientBase, ClientConfig } from 'pg'

/** What JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined }

/** One claimed action. */
export interface Call {
  readonly id: string
  readonly name: string
  readonly input: { [name: string]: any }
  /** names this claim, for complete() */
  readonly token: string | null
  /** all columns of mistral.claimed_action */
  readonly row: { [column: string]: any }
  /** is aborted when the action was cancelled or has timed out */
  readonly signal: AbortSignal
  /**
   * Reports success in the transaction of the caller's own client, last before its COMMIT.
   * Rejects with SQLSTATE MS094 when the claim has been lost.
   */
  complete(client: ClientBase, result?: Json): Promise<void>
}

export type ActionFunction = (input: any, call: Call) => Json | void | Promise<Json | void>

export interface ActionOptions {
  /** the parameters in mistral's notation, "a, b=1"; without it the action takes any */
  input?: string
  description?: string
  tags?: string[]
  /** false: the function starts something, and its result comes from elsewhere */
  isSync?: boolean
}

/** Makes a function an action of this name; throws when the name is taken. */
export function action (name: string, run: ActionFunction, options?: ActionOptions): void

/** Thrown by an action: fails it with a value that the workflow sees. */
export class ActionError extends Error {
  constructor (value: Json)
  readonly value: Json
}

export interface ExecutorOptions {
  /** as for pg.Client; without it the environment says (PGHOST, PGDATABASE ...) */
  connection?: string | ClientConfig
  /** in mistral.executors; the host's name and the process id otherwise */
  name?: string
  /** takes tasks of this target as well */
  target?: string
  /** calls at once (10) */
  concurrency?: number
  /** seconds without a sign of life after which its actions are lost (60) */
  lease?: number
  /** seconds after which it looks without having been notified (15) */
  poll?: number
  /** false behind a pooler that gives a connection to each transaction */
  listen?: boolean
  /** called with a level ('debug', 'info', 'warning') and a line; by default the last two go to standard error */
  log?: (level: string, message: string) => void
}

/** Runs all actions that were made with action(). */
export class Executor {
  constructor (options?: ExecutorOptions)
  /** Resolves after stop(). Rejects with what does not pass by itself: no schema, no right. */
  run (): Promise<void>
  /** Claims nothing more, and ends when what runs has ended, or after grace seconds. */
  stop (grace?: number): void
}

/** Runs an Executor until SIGTERM or SIGINT, and then until what runs has ended; a second signal does not wait. */
export function run (options?: ExecutorOptions): Promise<void>

export interface Execution { id: string, state: string, stateInfo: string | null, output: any }

/** A workflow that was waited for has not succeeded. */
export class WorkflowError extends Error { readonly execution: Execution }

/** Starts and awaits workflows. */
export class Client {
  /** Over a connection of its own, or the caller's: then all is part of the caller's transaction. */
  constructor (connection?: string | ClientConfig | ClientBase)
  /** Starts a workflow and resolves to the execution's id; params are other arguments of mistral.start_workflow(). */
  start (workflow: string, input?: object, params?: object): Promise<string>
  /** Resolves when the execution has ended; rejects with WorkflowError, or the server's error after timeout seconds. */
  wait (id: string, timeout?: number): Promise<Execution>
  /** start() and wait(); resolves to the output. */
  run (workflow: string, input?: object, timeout?: number, params?: object): Promise<any>
  /** Gives an asynchronous action its result. */
  complete (actionId: string, result?: Json, state?: string): Promise<void>
  /** Sends an execution a signal, kept until a task takes it; false: one of that name and key was sent before. */
  signal (id: string, name: string, data?: Json, key?: string | null): Promise<boolean>
  close (): Promise<void>
}
