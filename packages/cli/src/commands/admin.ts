import { Command } from 'commander'
import { printJson } from '../shell/io.ts'
import { openOperator, type OperatorFlags, withOperatorFlags } from '../shell/operator.ts'

const NETWORK = '--base-url http://127.0.0.1:8787 --token-env MOLTNET_ADMIN_TOKEN'

/** Says in the help how a command is called. */
function withExample(command: Command, words: string): Command {
  return command.addHelpText('after', `\nExample:\n  moltnet admin ${words} ${NETWORK}`)
}

/** `moltnet admin …`: changes to a running network. */
export function command(): Command {
  const admin = new Command('admin').description('Change a running network as its operator.')
  withExample(admin, 'room members add --room research --member writer')
  admin.addCommand(agentCommands())
  admin.addCommand(roomCommands())
  return admin
}

function agentCommands(): Command {
  const agent = new Command('agent').description('Agents of the network.')
  withExample(withOperatorFlags(agent.command('remove')), 'agent remove --agent researcher')
    .description(
      'Remove an agent: it leaves its rooms, its registration and token are deleted, its messages stay.',
    )
    .requiredOption('--agent <id>', 'agent')
    .action(async (flags: OperatorFlags & { agent: string }) => {
      printJson(await (await openOperator(flags)).removeAgent(flags.agent))
    })
  withExample(withOperatorFlags(agent.command('reset-token')), 'agent reset-token --agent researcher')
    .description('Keep the identity of an agent and let the next claim of its id take it over.')
    .requiredOption('--agent <id>', 'agent')
    .action(async (flags: OperatorFlags & { agent: string }) => {
      printJson(await (await openOperator(flags)).resetAgentToken(flags.agent))
    })
  return agent
}

function roomCommands(): Command {
  const room = new Command('room').description('Rooms of the network.')
  withExample(withOperatorFlags(room.command('remove')), 'room remove --room research')
    .description('Remove a room. Its messages stay stored; apply revives it with its history.')
    .requiredOption('--room <id>', 'room')
    .action(async (flags: OperatorFlags & { room: string }) => {
      printJson(await (await openOperator(flags)).removeRoom(flags.room))
    })
  const members = room.command('members').description('Members of a room.')
  for (const change of ['add', 'remove'] as const) {
    withExample(
      withOperatorFlags(members.command(change)),
      `room members ${change} --room research --member writer`,
    )
      .description(change === 'add' ? 'Add members to a room.' : 'Remove members from a room.')
      .requiredOption('--room <id>', 'room')
      .requiredOption('--member <id...>', 'member; may be given several times')
      .action(async (flags: OperatorFlags & { room: string; member: string[] }) => {
        const body = { [change]: flags.member } as Parameters<
          Awaited<ReturnType<typeof openOperator>>['updateRoomMembers']
        >[1]
        printJson(await (await openOperator(flags)).updateRoomMembers(flags.room, body))
      })
  }
  return room
}
