declare module "*?url&inline" {
    const url: string;
    export default url;
}
declare module "*?worker&inline" {
    const Inline: new () => Worker;
    export default Inline;
}
