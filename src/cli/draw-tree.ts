/** One line of a tree: the branches before its node, and the node. */
export interface TreeLine<Node> {
  branches: string;
  node: Node;
}

/** Draws a tree, each parent before its children. */
export function drawTree<Node>(root: Node, childrenOf: (node: Node) => readonly Node[]): TreeLine<Node>[] {
  const below = (node: Node, indent: string): TreeLine<Node>[] =>
    childrenOf(node).flatMap((child, index, siblings) => {
      const last = index === siblings.length - 1;
      const line = { branches: `${indent}${last ? '└─ ' : '├─ '}`, node: child };
      return [line, ...below(child, `${indent}${last ? '   ' : '│  '}`)];
    });
  return [{ branches: '', node: root }, ...below(root, '')];
}
