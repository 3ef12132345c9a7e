"""The pages of families: the table of times, their own talks, their answer to a cancelled one."""
