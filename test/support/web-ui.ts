import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Locator, type Page } from 'playwright-core';
import { installPackages } from '../../deploy/dev/debian.ts';
import { readStack } from '../../deploy/dev/state.ts';

/** Pictures that tests take, for people to look at; not kept in the repository. */
const artifacts = join(import.meta.dirname, '../e2e/artifacts');

/**
 * Pods that come and go change the machine's network, and Chromium then gives up what it is loading, from loopback too
 * (`net::ERR_NETWORK_CHANGED`): the page stays blank until somebody loads it again.
 */
const LOADS = 10;
const PATIENCE_MS = 10_000;
const PAUSE_MS = 1_000;

/** No connection to anybody but the page's server. */
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'];

/** Debian's Chromium. It takes a while the first time, so that nothing that is to be seen should begin before. */
export const installBrowser = (): Promise<void> => installPackages(['chromium']);

/** Looks at pages of Temporal's Web UI in Chromium, without a screen. */
export async function inWebUi<T>(look: (ui: WebUi) => Promise<T>): Promise<T> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: quiet });
  try {
    return await look(new WebUi(await browser.newPage({ viewport: { width: 1400, height: 1000 } })));
  } finally {
    await browser.close();
  }
}

export class WebUi {
  readonly page: Page;
  /** What the browser had to say of the page. */
  private readonly complaints: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => this.complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('requestfailed', (request) => this.complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  }

  /** @param path below the namespace, as `workflows?query=…` */
  async open(path: string): Promise<void> {
    const { temporal } = readStack('temporal');
    if (temporal.ui === undefined) throw new Error('This Temporal has no Web UI.');
    const url = `${temporal.ui}/namespaces/${temporal.namespace}/${path}`;
    await this.loading(() => this.page.goto(url));
  }

  /**
   * Waits until the page shows this text; a picture is kept in any case.
   * @param within `markdown` is what a workflow says of itself, which stands in a frame of its own
   */
  async shows(text: RegExp, picture: string, within: 'page' | 'markdown' = 'page'): Promise<void> {
    const place = within === 'page' ? this.page : this.page.frameLocator('iframe');
    const found = place.getByText(text).first();
    await this.pictured(picture, async () => {
      await found.waitFor({ timeout: PATIENCE_MS });
      // Lists of what still goes on are drawn anew at any moment.
      await found.scrollIntoViewIfNeeded({ timeout: PATIENCE_MS });
    });
  }

  /**
   * Waits until a table has a row with each of these texts that leads to a workflow; a picture is kept in any case.
   * @returns ids of the workflows that these rows lead to, in the order of the texts
   */
  async workflowsInRows(texts: readonly RegExp[], picture: string): Promise<string[]> {
    const link = this.page.locator('a[href*="/workflows/"]');
    const ids: string[] = [];
    await this.pictured(picture, async () => {
      ids.length = 0;
      for (const text of texts) {
        const row = this.page.locator('tr').filter({ has: link, hasText: text }).first();
        await row.waitFor({ timeout: PATIENCE_MS });
        ids.push(await workflowOf(await row.locator(link).all()));
      }
    });
    return ids;
  }

  /** Looks at the page, which is loaded again where it does not show what is looked for. */
  private async pictured(picture: string, look: () => Promise<void>): Promise<void> {
    try {
      await this.loading(async (load) => {
        if (load > 1) await this.page.reload();
        await look();
      });
    } finally {
      await mkdir(artifacts, { recursive: true });
      await this.page.screenshot({ path: join(artifacts, `${picture}.png`) });
    }
  }

  private async loading(work: (load: number) => Promise<unknown>): Promise<void> {
    for (let load = 1; ; load++) {
      try {
        await work(load);
        return;
      } catch (error) {
        if (load === LOADS)
          throw new Error(`not after ${LOADS} loads: ${this.complaints.join('\n')}`, { cause: error });
        await sleep(PAUSE_MS);
      }
    }
  }
}

/** Id of the workflow to an execution of which one of the links leads; others lead to what can be done with it. */
async function workflowOf(links: readonly Locator[]): Promise<string> {
  for (const link of links) {
    const href = await link.getAttribute('href', { timeout: PATIENCE_MS });
    const [, id] = /\/workflows\/([^/?#]+)\/[^/?#]+/.exec(href ?? '') ?? [];
    if (id !== undefined) return decodeURIComponent(id);
  }
  throw new Error('no link of the row leads to an execution of a workflow');
}
