/** The version of this package, as peers may report it to each other. */
export const VERSION = '0.1.0';
