# Node runs TypeScript as it is, so there is nothing to build. The image carries src/ and business/, not sandbox/ and tests.
FROM node:24-slim
WORKDIR /app
COPY package.json package-lock.json ./
# patchcord.db is written in /app unless DATABASE_URL says otherwise; without a volume it is gone with the machine.
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force && mkdir /data && chown node:node /app /data
COPY src ./src
USER node
# Halves the time of a start. Node keeps a cache for each user, so it must be filled as the user that runs the relay.
# Without configuration the relay says what is missing and exits; anything else fails the build.
ENV NODE_COMPILE_CACHE=/app/.compile-cache
RUN node src/main.ts 2>&1 | grep "Patchcord cannot start" && node --disable-warning=ExperimentalWarning src/start-cache.ts
# After the cache, so that changed instructions do not fill it anew.
COPY business ./business
EXPOSE 5000
# Starts as root only to give the volume at /data to the relay's user; a host that sets another user starts the relay as that.
USER root
COPY start.sh ./
CMD ["sh", "start.sh"]
