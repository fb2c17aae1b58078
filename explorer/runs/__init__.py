"""Runs in processes of their own: started, watched, commanded and journaled by a supervisor beside the server.

Decided: one supervisor per data directory, the only writer of run state; one worker process per run, forked from a
server that has torch imported; JSON messages with a schema; the newest picture in a memory-mapped file.
Because: a crash, a hang or an out-of-memory in one run then reaches neither the page nor other runs, killing the server
stops no run, and whatever is killed, a run goes on from its last checkpoint.
Instead of: threads (one interpreter lock freezes everybody), process pools (one killed worker fails everybody's jobs),
and pickles between processes (a message could then be a program).

From the outside in: `client` is what the server uses, `supervisor` the process it talks to (`counter` takes requests,
`keeper` keeps the runs, `journal` writes down, `handle` is one worker seen from outside), `worker` the process of a run
(`link` its pipe, `commands` what is asked of it, `session` what it computes, `pace` how often it draws and saves).
"""
