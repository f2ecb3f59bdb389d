#!/usr/bin/python3
"""Run the ExecStart line of a systemd unit under its settings, without systemd.

    run_as_unit.py UNIT ROOT [ARGUMENT...]

Paths below /etc/mistral are those of the directory ROOT, and ARGUMENTs are added.
The user is the caller's, who must be none with rights; the home is ROOT. Of the settings
those are applied that a process can apply to itself, as systemd does it: with
seccomp, by libseccomp. Of the rest those that restrict are listed in LEFT_OUT; one that
is in neither list is an error, so that none is forgotten.
"""
import ctypes
import errno
import os
import pathlib
import re
import resource
import shlex
import socket
import subprocess
import sys

# what needs a mount namespace, a control group or root
LEFT_OUT = {
    'CapabilityBoundingSet', 'KillMode', 'LockPersonality', 'LogsDirectory', 'PrivateDevices', 'PrivateTmp',
    'ProtectClock',
    'ProtectControlGroups', 'ProtectHome', 'ProtectHostname', 'ProtectKernelLogs', 'ProtectKernelModules',
    'ProtectKernelTunables', 'ProtectProc', 'ProtectSystem', 'RemoveIPC', 'RestrictRealtime', 'RestrictSUIDSGID',
    'StateDirectory', 'SystemCallArchitectures',
    # what is done when it ends
    'Restart', 'RestartPreventExitStatus', 'RestartSec', 'TimeoutStopSec', 'Type', 'User', 'Group',
}
APPLIED = {
    'Environment', 'ExecStart', 'LimitNOFILE', 'MemoryDenyWriteExecute', 'NoNewPrivileges', 'RestrictAddressFamilies',
    'RestrictNamespaces', 'SystemCallFilter', 'UMask',
}

KILL, ALLOW, ERRNO = 0x80000000, 0x7fff0000, 0x00050000
EQUAL, MASKED = 4, 7
CLONE_NEW = 0x7e020000
PROT_WRITE, PROT_EXEC = 2, 4
PR_SET_NO_NEW_PRIVS = 38


class Compare(ctypes.Structure):
    """A struct scmp_arg_cmp."""
    _fields_ = [('arg', ctypes.c_uint), ('op', ctypes.c_int), ('a', ctypes.c_uint64), ('b', ctypes.c_uint64)]


class Filter:
    """A filter of system calls; all that are loaded hold together."""
    library = ctypes.CDLL('libseccomp.so.2', use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p

    def __init__(self, default):
        self.context = ctypes.c_void_p(self.library.seccomp_init(ctypes.c_uint32(default)))

    def add(self, action, name, *compares):
        number = self.library.seccomp_syscall_resolve_name(name.encode())
        if number < 0:          # of another architecture
            return
        array = (Compare * max(len(compares), 1))(*compares)
        status = self.library.seccomp_rule_add_array(self.context, ctypes.c_uint32(action), number, len(compares), array)
        if status != 0:
            sys.exit('no rule on %s: %s' % (name, os.strerror(-status)))

    def load(self):
        status = self.library.seccomp_load(self.context)
        if status != 0:
            sys.exit('the filter of system calls is not taken: %s' % os.strerror(-status))


def read_unit(path):
    """Return the settings of the section [Service] as a list of pairs."""
    section = pathlib.Path(path).read_text().split('[Service]')[1].split('\n[')[0]
    return [tuple(line.split('=', 1)) for line in section.splitlines() if re.match(r'\w+=', line)]


def calls_of(names):
    """Return the system calls of names and of sets of systemd's, as @system-service."""
    text = subprocess.run(['systemd-analyze', 'syscall-filter'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True, text=True).stdout
    sets = {}
    for line in text.splitlines():
        line = re.sub('\x1b\\[[0-9;]*m', '', line)
        if re.match(r'@', line):
            current = sets.setdefault(line.strip(), [])
        elif re.match(r' +[@\w-]+$', line) and sets:
            current.append(line.strip())
    found, left = set(), ['@default', *names]
    while left:
        name = left.pop()
        if name.startswith('@'):
            left += sets.pop(name, [])
        else:
            found.add(name)
    return found


def restrict(settings):
    """Apply the settings that restrict, in an order in which none forbids the next."""
    if settings.get('NoNewPrivileges') == 'true':
        ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    denials = Filter(ALLOW)
    if 'RestrictAddressFamilies' in settings:
        families = [getattr(socket, name) for name in settings['RestrictAddressFamilies'].split()]
        for family in range(64):
            if family not in families:
                denials.add(ERRNO | errno.EAFNOSUPPORT, 'socket', Compare(0, EQUAL, family, 0))
    if settings.get('RestrictNamespaces') == 'true':
        for bit in range(32):
            if CLONE_NEW & 1 << bit:
                denials.add(ERRNO | errno.EPERM, 'clone', Compare(0, MASKED, 1 << bit, 1 << bit))
                denials.add(ERRNO | errno.EPERM, 'unshare', Compare(0, MASKED, 1 << bit, 1 << bit))
        denials.add(ERRNO | errno.ENOSYS, 'clone3')
        denials.add(ERRNO | errno.EPERM, 'setns')
    if settings.get('MemoryDenyWriteExecute') == 'true':
        both = PROT_WRITE | PROT_EXEC
        denials.add(ERRNO | errno.EPERM, 'mmap', Compare(2, MASKED, both, both))
        denials.add(ERRNO | errno.EPERM, 'mprotect', Compare(2, MASKED, PROT_EXEC, PROT_EXEC))
        denials.add(ERRNO | errno.EPERM, 'pkey_mprotect', Compare(2, MASKED, PROT_EXEC, PROT_EXEC))
    calls = Filter(KILL)
    for name in sorted(settings['calls']):
        calls.add(ALLOW, name)
    denials.load()
    calls.load()


def main():
    unit, root, *arguments = sys.argv[1:]
    pairs = read_unit(unit)
    unknown = sorted({name for name, _ in pairs} - LEFT_OUT - APPLIED)
    if unknown or os.geteuid() == 0:
        sys.exit('settings that this does not know: %s' % ' '.join(unknown) if unknown else 'not as root')
    settings = dict(pairs)
    environment = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin', 'LANG': 'C.UTF-8', 'HOME': root}
    for name, value in pairs:
        if name == 'Environment':
            environment.update([value.replace('/etc/mistral', root).split('=', 1)])
    command = shlex.split(settings['ExecStart'].replace('/etc/mistral', root)) + arguments
    limit = int(settings.get('LimitNOFILE', '1024'))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, hard), min(limit, hard)))
    os.umask(int(settings.get('UMask', '0022'), 8))
    settings['calls'] = calls_of(settings['SystemCallFilter'].split())
    restrict(settings)
    os.execve(command[0], command, environment)


main()
