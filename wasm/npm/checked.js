
// Appended to the generated script by wasm/build.sh: what it adds cannot be expressed in Rust.
// An analyzer that was freed says so, and may be freed again.
{
    const { prototype } = Analyzer;
    const { free } = prototype;
    for (const name of Object.getOwnPropertyNames(prototype)) {
        const call = prototype[name];
        if (["constructor", "free", "__destroy_into_raw"].includes(name)) continue;
        prototype[name] = function (...given) {
            if (this.__wbg_ptr === 0) throw new Error("the analyzer was freed and cannot be used", { cause: { kind: "freed" } });
            return call.apply(this, given);
        };
    }
    prototype.free = function () {
        if (this.__wbg_ptr !== 0) free.call(this);
    };
    if (Symbol.dispose) prototype[Symbol.dispose] = prototype.free;
}
