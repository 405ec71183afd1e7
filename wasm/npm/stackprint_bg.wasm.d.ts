/** The address of the module, as bundlers with a loader for assets give it: for `init()`. */
declare const url: string;
export default url;
