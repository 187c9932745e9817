export function tell(line) {
  process.stdout.write(`  ${line}\n`);
}
