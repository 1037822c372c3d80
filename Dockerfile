# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm install --no-save --loglevel=error
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN node scripts/build.ts && npm prune --omit=dev --loglevel=error

FROM node:24-bookworm-slim
# git and ssh for workspaces, Python and bubblewrap for local sandboxes.
RUN apt-get update \
  && apt-get install -y --no-install-recommends bubblewrap ca-certificates git openssh-client python3 \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN ln -s /app/dist/cli.js /usr/local/bin/rlm && mkdir /data && chown node /data
# Not root: the limits of local sandboxes are then rlimits, and need no control group of the host.
USER node
ENV NODE_ENV=production RLM_DATA_DIR=/data
VOLUME /data
CMD ["node", "dist/cli.js", "worker"]
