import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { installPackages } from '../../deploy/dev/debian.ts';
import { readStack } from '../../deploy/dev/state.ts';

/** Pictures that tests take, for people to look at; not kept in the repository. */
const artifacts = join(import.meta.dirname, '../e2e/artifacts');

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

  constructor(page: Page) {
    this.page = page;
  }

  /** @param path below the namespace, as `workflows?query=…` */
  async open(path: string): Promise<void> {
    const { temporal } = readStack('temporal');
    if (temporal.ui === undefined) throw new Error('This Temporal has no Web UI.');
    await this.page.goto(`${temporal.ui}/namespaces/${temporal.namespace}/${path}`);
  }

  /**
   * Waits until the page shows this text; a picture is kept in any case.
   * @param within `markdown` is what a workflow says of itself, which stands in a frame of its own
   */
  async shows(text: RegExp, picture: string, within: 'page' | 'markdown' = 'page'): Promise<void> {
    const place = within === 'page' ? this.page : this.page.frameLocator('iframe');
    const found = place.getByText(text).first();
    try {
      await found.waitFor({ timeout: 20_000 });
      await found.scrollIntoViewIfNeeded();
    } finally {
      await mkdir(artifacts, { recursive: true });
      await this.page.screenshot({ path: join(artifacts, `${picture}.png`) });
    }
  }
}
