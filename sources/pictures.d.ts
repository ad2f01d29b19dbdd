/** Pictures that ship inside the program: the build puts their bytes where they are imported. */
declare module '*.png' {
  const bytes: Uint8Array;
  export default bytes;
}
