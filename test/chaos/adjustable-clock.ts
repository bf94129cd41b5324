// Loaded before a restore's own code (`--import`): its clock jumps by CHAOS_CLOCK_MS at every SIGUSR2. Timers are not
// touched, as they are not when a machine's clock is set.
const jump = Number(process.env['CHAOS_CLOCK_MS'] ?? 0);
const realNow = Date.now.bind(Date);
let shift = 0;

Date.now = () => realNow() + shift;
globalThis.Date = new Proxy(Date, {
  construct: (target, given, as): object =>
    Reflect.construct(target, given.length > 0 ? given : [Date.now()], as) as Date,
});
process.on('SIGUSR2', () => (shift += jump));
