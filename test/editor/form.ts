import type { Locator, Page } from 'playwright-core';

/**
 * The fields of a node or of a credential, as a person fills them. A field is named by its path in the parameters:
 * `amount`, `options.note`, `arguments.values[0].value`. Options, modes and collections are named as they are shown.
 */
export interface Form {
	/** Types into a text or number field. */
	fill(path: string, text: string): Promise<void>;
	/** Chooses from a drop-down list. */
	choose(path: string, option: string): Promise<void>;
	/** Switches a toggle on or off. */
	toggle(path: string, on: boolean): Promise<void>;
	/** Writes an expression such as `={{ $json.amount }}`. */
	expression(path: string, expression: string): Promise<void>;
	/** Chooses from the list of a resource locator. */
	pick(path: string, item: string): Promise<void>;
	/** Chooses another way than the list, such as Address, and types. */
	identify(path: string, mode: string, text: string): Promise<void>;
	/** Adds an option of a collection, such as Options or Additional Fields. */
	addOption(collection: string, option: string): Promise<void>;
	/** Adds an entry to a list of field groups. */
	addEntry(path: string): Promise<void>;
	/** What a field holds, as it is shown. */
	value(path: string): Promise<string>;
	/** The options a drop-down list offers, without their descriptions. */
	options(path: string): Promise<string[]>;
	/** The paths of all fields that are shown. */
	fields(): Promise<string[]>;
}

/**
 * @param scope - Where the fields are: the node's details or the credential's dialog.
 * @param prefix - What n8n puts before their paths.
 */
export function formIn(page: Page, scope: Locator, prefix: string): Form {
	// The path of an argument has quotes in it: arguments.value["to"].
	const selector = (path: string): string => `[data-parameter-path=${JSON.stringify(prefix + path)}]`;
	const field = (path: string): Locator => scope.locator(selector(path));
	const offered = (): Locator => page.locator('.el-select-dropdown__item:visible');
	const pickOffered = (name: string, options?: { timeout: number }): Promise<void> =>
		offered()
			.filter({ has: page.getByText(name, { exact: true }) })
			.first()
			.click(options);
	const locator = (path: string): Locator => scope.getByTestId(`resource-locator-${lastName(path)}`);
	const mode = async (path: string, name: string): Promise<void> => {
		const chooser = locator(path).getByTestId('rlc-mode-selector');
		if ((await chooser.locator('input').inputValue()).toLowerCase() === name.toLowerCase()) return;
		// On a busy machine the list may close while somebody looks for the choice.
		await retry(async () => {
			await chooser.click();
			await pickOffered(name, { timeout: 10_000 });
		});
	};
	return {
		fill: async (path, text) => {
			const input = field(path).locator('input, textarea').first();
			await input.fill(text);
			await input.blur();
		},
		choose: async (path, option) => {
			if ((await field(path).locator('input').first().inputValue()) === option) return;
			await field(path).click();
			await pickOffered(option);
			await offered().first().waitFor({ state: 'hidden' });
		},
		toggle: async (path, on) => {
			const toggle = field(path).locator('.el-switch');
			if (((await toggle.getAttribute('class')) ?? '').includes('is-checked') !== on) await toggle.click();
		},
		expression: async (path, expression) => {
			const inside = page.locator(selector(path));
			const item = scope.getByTestId('parameter-item').filter({ has: inside }).last();
			await item.hover();
			await item.getByTestId('radio-button-expression').first().click();
			const editor = item.locator('.cm-content').first();
			await editor.click();
			await page.keyboard.press('ControlOrMeta+A');
			// Pasted rather than typed: the expression editor closes brackets by itself.
			await page.keyboard.insertText(expression.replace(/^=/, ''));
			await page.keyboard.press('Escape');
		},
		pick: async (path, name) => {
			await mode(path, 'From list');
			await locator(path).getByTestId('rlc-input').click();
			await page.getByTestId('rlc-item').filter({ hasText: name }).first().click();
		},
		identify: async (path, name, text) => {
			await mode(path, name);
			await locator(path).getByTestId('rlc-input').fill(text);
		},
		addOption: async (collection, option) => {
			const item = scope
				.getByTestId('parameter-item')
				.filter({ has: page.getByText(collection, { exact: true }) })
				.last();
			// The first in 2.x, the second in 1.x.
			await item.locator('[data-test-id="collection-parameter-add"], .add-option').last().click();
			await pickOffered(option);
		},
		addEntry: (path) =>
			scope
				.getByTestId(`fixed-collection-${lastName(path)}`)
				.getByTestId('fixed-collection-add')
				.click(),
		value: (path) => field(path).locator('input, textarea').first().inputValue(),
		options: async (path) => {
			await field(path).click();
			await offered().first().waitFor();
			const texts = await offered().allInnerTexts();
			await page.keyboard.press('Escape');
			return texts.map((text) => text.split('\n')[0] ?? '');
		},
		fields: async () => {
			const paths = await scope
				.locator('[data-parameter-path]:visible')
				.evaluateAll((all) => all.map((one) => one.getAttribute('data-parameter-path') ?? ''));
			return paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
		},
	};
}

function lastName(path: string): string {
	return path.split('.').pop() ?? path;
}

/** Tries so often before it gives up. */
export async function retry(action: () => Promise<void>, times = 3): Promise<void> {
	for (let left = times - 1; left > 0; left--) {
		const failed = await action().then(
			() => false,
			() => true,
		);
		if (!failed) return;
	}
	await action();
}
