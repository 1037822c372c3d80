import type { Command } from 'commander';
import { loadSettings } from '../config/load-settings.ts';
import type { Settings } from '../config/settings.ts';

export interface SettingsOptions {
  config?: string;
}

/** Adds the options by which a command finds its settings. */
export function withSettings(command: Command): Command {
  return command.option('-c, --config <file>', 'config file (default: config.yaml where there is one)');
}

/** The settings of a command. */
export function settingsOf({ config }: SettingsOptions): Settings {
  return loadSettings(config === undefined ? {} : { configFile: config });
}
